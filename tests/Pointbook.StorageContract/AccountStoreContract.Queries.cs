using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>This part: lists of accounts, histories of operations, and due events.</summary>
public abstract partial class AccountStoreContract
{
    [Fact]
    public async Task Operations_of_every_kind_are_listed()
    {
        await RunHistoryAsync();
        IReadOnlyList<Sequence> operations = await ListAsync(new OperationQuery(Given.Account("a"), 100) { OldestFirst = true });
        ILookup<Sequence, Entry> entries = Chain.Commits.SelectMany(commit => commit.Entries).ToLookup(entry => entry.Operation);
        Assert.Equal(
            [
                (EntryKind.Credit, 100), (EntryKind.Credit, 50), (EntryKind.Deduction, -20), (EntryKind.Spend, -30), (EntryKind.Spend, -40),
                (EntryKind.Capture, 0), (EntryKind.Reversal, 30), (EntryKind.Expiry, -50), (EntryKind.Flush, -40), (EntryKind.Restore, 40),
                (EntryKind.Credit, 7), (EntryKind.Deduction, -7), (EntryKind.Expiry, 0),
            ],
            operations.Select(operation => (OperationKind.Of(entries[operation].First()), entries[operation].Sum(entry => entry.Points.Value))));
        Assert.Equal((await Host.ReadTablesAsync()).Accounts[0].Operations, operations);
        Assert.Equal(operations.Reverse(), await ListAsync(new OperationQuery(Given.Account("a"), 100)));
        Assert.Empty(await ListAsync(new OperationQuery(Given.Account("A"), 100)));
    }

    [Fact]
    public async Task Operations_are_listed_between_any_sequences_in_both_directions()
    {
        await RunHistoryAsync();
        Sequence[] all = [.. (await Host.ReadTablesAsync()).Accounts[0].Operations];
        Sequence?[] places = [null, Sequence.Zero, all[0], all[4], all[4].Next, all[^1], all[^1].Next];
        Random random = new(20201102);
        for (int sample = 0; sample < 300; sample++)
        {
            OperationQuery query = new(Given.Account("a"), random.Next(1, 15))
            {
                OldestFirst = random.Next(2) == 0,
                After = places[random.Next(places.Length)],
                Before = places[random.Next(places.Length)],
            };
            IEnumerable<Sequence> asked = all.Where(operation => IsMatch(query, operation));
            OperationPage page = await AccountStore.ListOperationsAsync(query, Token);
            Assert.Equal((query.OldestFirst ? asked : asked.Reverse()).Take(query.CountMax), page.Operations);
            Assert.Equal(all.Where(operation => operation >= query.Before).Cast<Sequence?>().FirstOrDefault(), page.Following);
            Assert.Equal((await LoadAsync("a")).LastOperation, page.Account.LastOperation);
            Assert.Equal(Chain.Head.Last, page.Position);
        }
    }

    [Fact]
    public async Task The_row_of_an_account_contains_the_end_of_its_archive()
    {
        Assert.Equal(default, await StoreAssert.ReadRowAsync(AccountStore, Given.Account("a")));
        Ledger.Add("a", "P", 5);
        Ledger.Add("a", "Q", 5);
        await ApplyAsync(Ledger.Round());
        await AssertRowAsync(2, 0, 0, last: 2);
        Ledger.Flush("a");
        await ApplyAsync(Ledger.Round());
        await AssertRowAsync(4, 4, 0, last: 3);
        Ledger.Add("a", "Q", 6);
        Ledger.Flush("a");
        await ApplyAsync(Ledger.Round());
        await AssertRowAsync(6, 6, 4, last: 6);
        Ledger.Restore("a", new Sequence(6));
        await ApplyAsync(Ledger.Round());
        await AssertRowAsync(7, 4, 4, last: 7);
        Ledger.Flush("a");
        Ledger.Add("b", "Q", 6);
        await ApplyAsync(Ledger.Round());
        await AssertRowAsync(8, 8, 4, last: 8);
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task Accounts_are_listed_in_ordinal_order_by_literal_prefix()
    {
        string[] names = ["a", "A", "a_b", "aXb", "a-b", "a.b", "a:b", "a@b", "a0b", "ab", "abc", "b", "_", "_a", "z", "zz", "Z", new string('z', AccountId.LengthMax)];
        foreach (string name in names)
        {
            Ledger.Add(name, "P", 5);
        }

        Ledger.Flush("ab");
        await ApplyAsync(Ledger.Round());
        foreach (string prefix in new[] { "", "a", "a_", "_", "A", "a.", "ab", "abcd", "z", new string('z', AccountId.LengthMax), "%", "a%", "*", "[a]", "é", "a\0" })
        {
            IEnumerable<string> expected = names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal);
            Assert.Equal(expected, (await AccountStore.ListAccountsAsync(prefix, null, 100, Token)).Select(account => account.Value));
        }
    }

    [Fact]
    public async Task Accounts_are_listed_page_by_page()
    {
        foreach (string name in new[] { "b", "a2", "a10", "a1", "c", "a3" })
        {
            Ledger.Add(name, "P", 5);
        }

        await ApplyAsync(Ledger.Round());
        Assert.Equal(["a1", "a10"], await ReadPageAsync("a", null, 2));
        Assert.Equal(["a2", "a3"], await ReadPageAsync("a", "a10", 2));
        Assert.Empty(await ReadPageAsync("a", "a3", 2));
        Assert.Equal(["a1"], await ReadPageAsync("a", "a", 1));
        Assert.Equal(["b", "c"], await ReadPageAsync("", "a3", 9));
        Assert.Equal(["b"], await ReadPageAsync("b", "a", 9));
        Assert.Empty(await ReadPageAsync("b", "c", 9));
    }

    [Fact]
    public async Task Due_accounts_are_listed_once_in_order_of_their_first_due_event()
    {
        foreach (string account in new[] { "never", "held", "lots", "late", "both" })
        {
            Ledger.Add(account, "P", 100);
        }

        Ledger.Hold("held", 5, TimeSpan.FromHours(3));
        Ledger.Add("lots", "P", 10, expiresIn: TimeSpan.FromHours(2));
        Ledger.Add("lots", "P", 20, expiresIn: TimeSpan.FromHours(6));
        Ledger.Add("late", "P", 10, expiresIn: TimeSpan.FromHours(9));
        Ledger.Hold("both", 5, TimeSpan.FromHours(8));
        Ledger.Add("both", "P", 10, expiresIn: TimeSpan.FromHours(1));
        await ApplyAsync(Ledger.Round());

        Instant start = Chain.Head.RecordedAt;
        Assert.Empty(await ListDueAsync(start.PlusClamped(TimeSpan.FromHours(1) - TimeSpan.FromMicroseconds(1)), 10));
        Assert.Equal(["both"], await ListDueAsync(start.PlusClamped(TimeSpan.FromHours(1)), 10));
        Assert.Equal(["both", "lots", "held", "late"], await ListDueAsync(Instant.MaxValue, 10));
        Assert.Equal(["both", "lots", "held"], await ListDueAsync(start.PlusClamped(TimeSpan.FromHours(8)), 10));
        Assert.Equal(["both", "lots"], await ListDueAsync(Instant.MaxValue, 2));
    }

    [Fact]
    public async Task Swept_spent_or_flushed_points_are_not_due_and_restored_ones_are()
    {
        foreach (string account in new[] { "swept", "spent", "flushed", "restored", "captured" })
        {
            Ledger.Add(account, "P", 100, expiresIn: account is "captured" or "spent" ? TimeSpan.FromHours(2) : TimeSpan.FromHours(1));
            Ledger.Hold(account, 60, TimeSpan.FromHours(2));
        }

        Ledger.Spend("spent", 40);
        Ledger.Reverse("spent", Ledger.OperationsOf("spent", EntryKind.Spend)[0]);
        Ledger.Spend("spent", 60);
        Ledger.Capture("captured", Ledger.OperationsOf("captured", EntryKind.Spend)[0]);
        Ledger.Flush("flushed");
        Ledger.Flush("restored");
        await ApplyAsync(Ledger.Round());
        Assert.Equal(["captured", "swept"], (await ListDueAsync(Instant.MaxValue, 10)).Order());

        Ledger.Restore("restored", Ledger.LastOperation("restored"));
        await ApplyAsync(Ledger.Round());
        Assert.Equal(["captured", "restored", "swept"], (await ListDueAsync(Instant.MaxValue, 10)).Order());
        Host.Clock.Advance(TimeSpan.FromHours(3));
        Ledger.Sweep("swept");
        Ledger.Sweep("captured");
        await ApplyAsync(Ledger.Round());
        Assert.Equal(["restored"], await ListDueAsync(Instant.MaxValue, 10));
        await AssertIsLedgerAsync();
    }

    [Fact]
    public async Task Old_keys_are_deleted_but_never_more_than_requested()
    {
        for (int number = 0; number < 6; number++)
        {
            Ledger.Add(number % 2 == 0 ? "a" : "b", "P", 5, key: $"k{number}");
            Host.Clock.Advance(TimeSpan.FromHours(1));
            await ApplyAsync(Ledger.Round());
        }

        Instant fifth = Chain.Commits[4].RecordedAt;
        Assert.Equal(0, await AccountStore.ForgetKeysAsync(Chain.Commits[0].RecordedAt, 100, Token));
        Assert.Equal(2, await AccountStore.ForgetKeysAsync(fifth, 2, Token));
        Assert.Equal(4, (await ReadRemainingKeysAsync()).Count());
        Assert.Equal(2, await AccountStore.ForgetKeysAsync(fifth, 100, Token));
        Assert.Equal(0, await AccountStore.ForgetKeysAsync(fifth, 100, Token));
        Assert.Equal([5, 6], await ReadRemainingKeysAsync());
    }

    [Fact]
    public async Task The_age_of_a_key_counts_from_its_latest_use()
    {
        Ledger.Add("a", "P", 5, key: "forgotten");
        Ledger.Add("a", "P", 5, key: "again");
        await ApplyAsync(Ledger.Round());
        Host.Clock.Advance(TimeSpan.FromHours(1));
        Ledger.Add("a", "P", 6, key: "again");
        await ApplyAsync(Ledger.Round());
        Instant second = Chain.Head.DecidedAt;
        Assert.Equal(1, await AccountStore.ForgetKeysAsync(second, 100, Token));
        Host.Clock.Advance(TimeSpan.FromHours(1));
        Ledger.Add("a", "P", 7, key: "forgotten");
        await ApplyAsync(Ledger.Round());

        LoadedAccount loaded = Assert.Single(await StoreAssert.LoadAsync(
            AccountStore, new AccountRequest(Given.Account("a"), false, [Given.Key("forgotten"), Given.Key("again")], [])));
        Assert.Equal((new Sequence(3), second), (loaded.Keys[Given.Key("again")].Operation, loaded.Keys[Given.Key("again")].DecidedAt));
        Assert.Equal((new Sequence(4), Chain.Head.DecidedAt), (loaded.Keys[Given.Key("forgotten")].Operation, loaded.Keys[Given.Key("forgotten")].DecidedAt));
        Assert.Equal(1, await AccountStore.ForgetKeysAsync(Chain.Head.DecidedAt, 100, Token));
        Assert.Equal([4], await ReadRemainingKeysAsync());
    }

    /// <summary>Every kind of operation in one account, each commit an hour after the previous one. Another account is written in between.</summary>
    private async Task RunHistoryAsync()
    {
        Action[] steps =
        [
            () => Ledger.Add("a", "P", 100),
            () => Ledger.Add("a", "Q", 50, day: 1, expiresIn: TimeSpan.FromHours(6.5)),
            () => Ledger.Add("a", "P", -20),
            () => Ledger.Hold("a", 30, TimeSpan.FromHours(2.5)),
            () => Ledger.Capture("a", Ledger.Hold("a", 40)),
            () => Ledger.Add("b", "P", 5),
            () => Ledger.Sweep("a"),
            () => Ledger.Add("b", "P", 5),
            () => Ledger.Sweep("a"),
            () => Ledger.Flush("a"),
            () => Ledger.Restore("a", Ledger.LastOperation("a")),
            () => Ledger.Add("a", "R", 7, expiresIn: TimeSpan.FromHours(2)),
            // The lot settles an unpaid deduction with all that is left of it, so its expiry only writes a settlement.
            () => Ledger.Add("a", "R", -7),
        ];
        foreach (Action step in steps)
        {
            step();
            if (Ledger.Uncommitted > 0)
            {
                await ApplyAsync(Ledger.Round());
            }

            Host.Clock.Advance(TimeSpan.FromHours(1));
        }

        Ledger.Sweep("a");
        await ApplyAsync(Ledger.Round());
        await AssertIsLedgerAsync();
    }

    private static bool IsMatch(OperationQuery query, Sequence operation) =>
        (query.After is null || operation > query.After)
        && (query.Before is null || operation < query.Before);

    private async Task<IReadOnlyList<Sequence>> ListAsync(OperationQuery query) => (await AccountStore.ListOperationsAsync(query, Token)).Operations;

    private async Task<IEnumerable<string>> ReadPageAsync(string prefix, string? after, int countMax) =>
        (await AccountStore.ListAccountsAsync(prefix, after is null ? null : Given.Account(after), countMax, Token)).Select(account => account.Value);

    private async Task<IEnumerable<string>> ListDueAsync(Instant now, int countMax) =>
        (await AccountStore.ListDueAccountsAsync(now, countMax, Token)).Select(account => account.Value);

    private async Task AssertRowAsync(long standsAt, long flushedThrough, long flushedThroughBefore, long last) => Assert.Equal(
        new AccountRow(new Sequence(standsAt), new Sequence(flushedThrough), new Sequence(flushedThroughBefore)) { Opening = new Sequence(1), LastOperation = new Sequence(last) },
        await StoreAssert.ReadRowAsync(AccountStore, Given.Account("a")));

    private async Task<IEnumerable<long>> ReadRemainingKeysAsync() =>
        (await Host.ReadTablesAsync()).Accounts.SelectMany(account => account.Keys).Select(key => key.Operation.Value).Order();
}
