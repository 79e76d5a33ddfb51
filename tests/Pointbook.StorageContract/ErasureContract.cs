using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;
using Pointbook.Tests;

namespace Pointbook.StorageContract;

/// <summary>What every store must remove of an erased account. A store's tests inherit it.</summary>
public abstract partial class ErasureContract
{
    private const string Holder = "alice@example.com";
    private const string Neighbour = "bob@example.com";

    // These are the texts of the holder's account that the erasure must remove.
    private static readonly string[] Texts = [Holder, "alice-key-1", "alice-order-1", "requested by alice", "alice-key-2", "alice-order-2", "alice-erase-key"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract StoreHost CreateHost();

    [Fact]
    public async Task Of_an_erased_account_only_figures_and_the_reason_of_the_erasure_remain()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Sequence opening = await WriteAsync(ledger);
        foreach (string text in Texts[..^1])
        {
            Assert.True(await host.HasTextAsync(text), $"{text} is in the store before.");
        }

        Receipt erasure = (await ledger.DoAsync(Erase())).Accepted();
        await WaitUntilErasedAsync(ledger);
        foreach (string text in Texts)
        {
            Assert.False(await host.HasTextAsync(text), $"{text} is still in the store.");
        }

        Assert.True(await host.HasTextAsync(Neighbour));
        Entry[] entries = [.. (await StoreAssert.ReadAllAsync(host.Journal)).SelectMany(commit => commit.Entries)];
        Entry[] erased = [.. entries.Where(entry => entry.AccountOpening == opening)];
        Assert.All(erased, entry => Assert.Equal(AccountId.Erased(opening), entry.Account));
        Assert.All(erased[..^1], entry => Assert.Equal((null, null, null), (entry.Origin?.Key, entry.Origin?.Reference, entry.Origin?.Reason)));
        Assert.All(erased[..^1].Where(entry => entry.IsFirst), entry => Assert.Equal("support", entry.Origin?.Actor));
        Assert.Equal((EntryKind.Erasure, erasure.Id.Sequence), (erased[^1].Kind, erased[^1].Sequence));
        Assert.Equal((null, "request 17", "requested by the holder"), (erased[^1].Origin?.Key, erased[^1].Origin?.Reference, erased[^1].Origin?.Reason));
        Assert.Contains(entries, entry => entry.Account.Value == Neighbour && entry.Origin?.Reference == "bob-order");
        await AssertCompleteAsync(host, erasures: 1);
    }

    [Fact]
    public async Task The_key_of_an_erased_account_is_free_and_leads_to_none_of_its_operations()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        await WriteAsync(ledger);
        EntryId credit = (await ledger.DoAsync(Credit(1))).Accepted().Id;
        EntryId spend = (await ledger.Queries.ReadHistoryAsync(new HistoryQuery(Given.Account(Holder), 10), Token)).Value!.Operations
            .Single(operation => operation.Kind == EntryKind.Spend).Id;
        (await ledger.DoAsync(Erase())).Accepted();

        // The operations are unknown at once, and also after the texts are removed.
        await AssertUnknownAsync(ledger, credit, spend);
        await WaitUntilErasedAsync(ledger);
        await AssertUnknownAsync(ledger, credit, spend);

        Receipt again = (await ledger.DoAsync(Credit(1))).Accepted();
        Assert.False(again.IsReplay);
        await AssertUnknownAsync(ledger, credit, spend);
        Assert.Equal(100, (await ledger.Partition.ReadBalanceAsync(Given.Account(Holder), Token)).Value!.Points.Value);
        Assert.Equal(again.Id, Assert.Single((await ledger.Queries.ReadHistoryAsync(new HistoryQuery(Given.Account(Holder), 10), Token)).Value!.Operations).Id);
        await AssertCompleteAsync(host, erasures: 1);
    }

    [Fact]
    public async Task An_account_can_be_erased_and_used_again_many_times()
    {
        const int UseCount = 12;
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            for (int life = 0; life < UseCount; life++)
            {
                Assert.False((await ledger.DoAsync(Credit(1))).Accepted().IsReplay);
                (await ledger.DoAsync(new FlushAccount(Given.Account(Holder)))).Accepted();
                (await ledger.DoAsync(Erase())).Accepted();
            }

            (await ledger.DoAsync(Credit(2))).Accepted();
            await WaitUntilErasedAsync(ledger);
            await AssertCompleteAsync(host, UseCount);
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        await host.AccountStore.ResetAsync(Token);
        await using RunningLedger rebuilt = await RunningLedger.StartAsync(host);
        Assert.Equal(100, (await rebuilt.Partition.ReadBalanceAsync(Given.Account(Holder), Token)).Value!.Points.Value);
        await WaitUntilErasedAsync(rebuilt);
        await AssertCompleteAsync(host, UseCount);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task The_next_process_finishes_an_interrupted_erasure(int steps)
    {
        await using StoreHost host = CreateHost();
        await ErasePartlyAsync(host, steps);
        Assert.True(await host.HasTextAsync("alice-order-2"));
        await using RunningLedger next = await RunningLedger.StartAsync(host);
        await WaitUntilErasedAsync(next);
        foreach (string text in Texts)
        {
            Assert.False(await host.HasTextAsync(text), $"{text} is still in the store.");
        }

        await AssertCompleteAsync(host, erasures: 1);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Tables_rebuilt_during_an_erasure_do_not_contain_the_account(int steps)
    {
        await using StoreHost host = CreateHost();
        await ErasePartlyAsync(host, steps);
        await host.AccountStore.ResetAsync(Token);
        await using RunningLedger next = await RunningLedger.StartAsync(host);
        Assert.Equal([Neighbour], (await next.Queries.ListAccountsAsync("", null, 10, Token)).Value!.Accounts.Select(account => account.Account.Value));
        await WaitUntilErasedAsync(next);
        foreach (string text in Texts)
        {
            Assert.False(await host.HasTextAsync(text), $"{text} is still in the store.");
        }

        await AssertCompleteAsync(host, erasures: 1);
    }

    [Fact]
    public async Task A_rebuilt_account_store_lists_finished_erasures_and_nobody_follows_them_again()
    {
        const int UseCount = 3;
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            for (int life = 0; life < UseCount; life++)
            {
                (await ledger.DoAsync(Credit(1))).Accepted();
                (await ledger.DoAsync(new FlushAccount(Given.Account(Holder)))).Accepted();
                (await ledger.DoAsync(Erase())).Accepted();
            }

            await WaitUntilErasedAsync(ledger);
            Assert.InRange(ledger.Journal.ErasedCommits, 2 * UseCount, int.MaxValue);
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        await host.AccountStore.ResetAsync(Token);
        await using RunningLedger rebuilt = await RunningLedger.StartAsync(host);
        await WaitUntilErasedAsync(rebuilt);
        Assert.Equal(0, rebuilt.Journal.ErasedCommits);
        await AssertCompleteAsync(host, UseCount);
    }

    [Fact]
    public async Task Texts_that_are_erased_already_are_not_written_again()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Sequence opening = await WriteAsync(ledger);
        AccountErasure erasure = new(opening, (await ledger.DoAsync(Erase())).Accepted().Id.Sequence);
        await WaitUntilErasedAsync(ledger);
        await host.RefuseTextChangesAsync();
        Sequence? next = erasure.Sequence;
        while (next > Sequence.Zero)
        {
            next = await host.Journal.EraseTextsAsync(erasure, next.Value, Token);
        }

        Assert.Equal(Sequence.Zero, next);
        Sequence other = (await ledger.DoAsync(Credit(1))).Accepted().Id.Sequence;
        await ledger.Partition.WaitUntilStoredAsync(Token);
        await Assert.ThrowsAnyAsync<StorageFailureException>(async () => await host.Journal.EraseTextsAsync(new AccountErasure(other, other), other, Token));
    }

    [Fact]
    public async Task The_texts_of_an_account_are_erased_even_if_its_directory_bucket_is_damaged()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            await WriteAsync(ledger);
            await ledger.Partition.WaitUntilStoredAsync(Token);
            await host.ChangeRowsAsync("UPDATE account_bucket SET body = substr(body, 1, length(body) - 16)");
            (await ledger.DoAsync(new EraseAccount(Given.Account(Holder)))).Accepted();
            await WaitUntilErasedAsync(ledger);
            Assert.False(await host.HasTextAsync("alice-order-1"));
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        await using RunningLedger next = await RunningLedger.StartAsync(host);
        Assert.False(await host.HasTextAsync(Holder));
        await WaitUntilErasedAsync(next);
        await AssertCompleteAsync(host, erasures: 1);
    }

    [Fact]
    public async Task A_damaged_account_is_erased_like_any_other()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        await WriteAsync(ledger);
        await ledger.Partition.WaitUntilStoredAsync(Token);
        await host.AccountStore.MarkDamagedAsync(new AccountDamagedException(Given.Account(Holder), "Scripted."), Token);
        // The account is in memory, and a command without an idempotency key needs no row.
        (await ledger.DoAsync(new EraseAccount(Given.Account(Holder)))).Accepted();
        await WaitUntilErasedAsync(ledger);
        Assert.False((await host.AccountStore.ReadPositionAsync(Token)).HasDamagedAccounts);
        (await ledger.DoAsync(Credit(1))).Accepted();
        await AssertCompleteAsync(host, erasures: 1);
    }

    [Fact]
    public async Task A_journal_with_a_missing_account_key_but_no_erasure_is_rejected()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        Sequence opening;
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            opening = await WriteAsync(ledger);
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        await host.Journal.EraseTextsAsync(new AccountErasure(opening, opening), opening, Token);
        ErasureVerification found = new(findsUnfinished: true);
        await foreach (Commit commit in JournalVerification.ReadAsync(host.Journal, JournalHead.Empty, Token))
        {
            found.Add(commit);
        }

        Assert.Equal(opening, found.FirstWithoutErasure);
        await host.AccountStore.ResetAsync(Token);
        for (int start = 0; start < 2; start++)
        {
            // The first start left no tables without the account, with which a second one would be satisfied.
            JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(() => RunningLedger.StartAsync(host));
            Assert.Contains($"the account that entry {opening} opened are missing", damage.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_missing_text_of_an_account_that_was_not_erased_is_damage()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        Receipt credit;
        Sequence opening;
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            opening = await WriteAsync(ledger);
            credit = (await ledger.DoAsync(Credit(1) with { Origin = new Origin { Reference = "only this" } })).Accepted();
            await ledger.StopAsync(inOrder: true);
        }

        await host.OpenAsync();
        await host.Journal.EraseTextsAsync(new AccountErasure(opening, opening), credit.Id.Sequence, Token);
        await Assert.ThrowsAsync<JournalDamagedException>(() => JournalVerification.VerifyAsync(host.Journal, Token));
        await Assert.ThrowsAsync<JournalDamagedException>(
            async () => await host.Journal.ReadEntriesAsync([new EntryRange(credit.Id.Sequence, credit.Id.Sequence)], Token));
    }

    private static EraseAccount Erase()
    {
        EraseAccount erasure = new(Given.Account(Holder));
        EraseAccount keyed = erasure.With("alice-erase-key");
        return keyed with { Origin = keyed.Origin! with { Reference = "request 17", Reason = "requested by the holder", Actor = "support" } };
    }

    private static AddTransaction Credit(int number)
    {
        AddTransaction credit = new AddTransaction(Given.Account(Holder), Given.Payer("DANNON"), new Points(100), Given.Time).With($"alice-key-{number}");
        return credit with { Origin = credit.Origin! with { Reference = $"alice-order-{number}", Reason = "requested by alice", Actor = "support" } };
    }

    /// <summary>Writes to the account and to another one, and then flushes the account.</summary>
    /// <returns>The first entry of the account.</returns>
    private static async Task<Sequence> WriteAsync(RunningLedger ledger)
    {
        AddTransaction other = new(Given.Account(Neighbour), Given.Payer("DANNON"), new Points(7), Given.Time) { Origin = new Origin { Reference = "bob-order" } };
        (await ledger.DoAsync(other)).Accepted();
        Task<Outcome<Receipt>> first = ledger.DoAsync(Credit(1));
        (await ledger.DoAsync(other)).Accepted();
        Sequence opening = (await first).Accepted().Id.Sequence;
        Origin support = new() { Actor = "support" };
        (await ledger.DoAsync(Credit(2))).Accepted();
        (await ledger.DoAsync(new SpendPoints(Given.Account(Holder), new Points(30)) { Origin = support })).Accepted();
        (await ledger.DoAsync(other)).Accepted();
        (await ledger.DoAsync(new FlushAccount(Given.Account(Holder)) { Origin = support })).Accepted();
        await ledger.Partition.WaitUntilStoredAsync(Token);
        return opening;
    }

    /// <summary>Erases the account, and ends the process after it has erased some commits. Opens the store again.</summary>
    private static async Task ErasePartlyAsync(StoreHost host, int steps)
    {
        await host.OpenAsync();
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            await WriteAsync(ledger);
            int left = steps;
            ledger.Journal.BeforeErase = () => _ = left-- > 0 ? true : throw new JournalException("Scripted: killed.");
            (await ledger.DoAsync(Erase())).Accepted();
            await Eventually.TrueAsync(() => left < 0);
            await ledger.StopAsync(inOrder: false);
        }

        await host.OpenAsync();
    }

    private static async Task AssertUnknownAsync(RunningLedger ledger, params EntryId[] operations)
    {
        AccountId holder = Given.Account(Holder);
        foreach (EntryId id in operations)
        {
            Assert.Equal(RefusalCode.OperationNotFound, (await ledger.Queries.ReadOperationAsync(holder, id, Token)).Refusal?.Code);
            Assert.Equal(RefusalCode.OperationNotFound, (await ledger.Queries.ReadLinesAsync(holder, id, 0, 10, Token)).Refusal?.Code);
            Assert.Equal(RefusalCode.OperationNotFound, (await ledger.Partition.ReadSpendAsync(holder, id, Token)).Refusal?.Code);
            Assert.Equal(RefusalCode.OperationNotFound, (await ledger.DoAsync(new ReverseSpend(holder, id.Sequence))).Code());
        }
    }

    /// <summary>Waits until no text of an erased account is left.</summary>
    private static async Task WaitUntilErasedAsync(RunningLedger ledger)
    {
        await ledger.Partition.WaitUntilStoredAsync(Token);
        await Eventually.TrueAsync(async () => (await ledger.AccountStore.ListErasuresAsync(Sequence.Zero, 10, Token)).Count == 0, "All erasures are finished.");
    }

    /// <summary>Asserts that the journal verifies, that this many erasures are complete, and that the tables match the journal.</summary>
    private static async Task AssertCompleteAsync(StoreHost host, int erasures)
    {
        ErasureVerification found = new(findsUnfinished: true);
        await foreach (Commit commit in JournalVerification.ReadAsync(host.Journal, JournalHead.Empty, Token))
        {
            found.Add(commit);
        }

        Assert.Equal((erasures, 0, null), (found.Count, found.Unfinished.Count(), found.FirstWithoutErasure));
        await Eventually.TrueAsync(async () => (await host.AccountStore.ReadPositionAsync(Token)).Last == (await host.Journal.ReadHeadAsync(Token)).Last);
        AccountStoreVerdict verdict = await VerifyAsync(host);
        Assert.Equal((null, 0L, string.Empty), (verdict.Rebuild, verdict.DifferenceCount, string.Join('\n', verdict.Differences)));
    }

    private static Task<AccountStoreVerdict> VerifyAsync(StoreHost host) =>
        new AccountStoreVerification(host.Journal, host.AccountStore, new AccountStoreVerificationBounds(), host.Clock).RunAsync(_ => { }, Token);
}
