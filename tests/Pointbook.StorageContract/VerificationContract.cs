using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>
/// The verification of the derived tables against the journal finds every row that was changed, added or removed. The tests
/// of stores with rows inherit it.
/// </summary>
public abstract partial class VerificationContract
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract StoreHost CreateHost();

    [Theory]
    [InlineData(4_000_000)]
    [InlineData(10)]
    public async Task Unaltered_tables_pass_verification(long entriesInMemoryMax)
    {
        await using StoreHost host = await WriteAsync();
        AccountStoreVerdict verdict = await VerifyAsync(host, entriesInMemoryMax);
        Assert.Equal((null, 0L), (verdict.Rebuild, verdict.DifferenceCount));
        Assert.Equal(((await host.Journal.ReadHeadAsync(Token)).Last, 3L), (verdict.Through, verdict.Accounts));
    }

    [Theory]
    [InlineData("UPDATE account SET stands_at = stands_at + 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET next_due = next_due + 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET next_due = NULL WHERE account = 'a'")]
    [InlineData("UPDATE account SET oldest_key = NULL WHERE account = 'b'")]
    [InlineData("UPDATE account SET snapshot = (SELECT snapshot FROM account WHERE account = 'b') WHERE account = 'a'")]
    [InlineData("UPDATE account SET snapshot = substr(snapshot, 1, length(snapshot) - 1) WHERE account = 'c'")]
    [InlineData("DELETE FROM account WHERE account = 'a'")]
    [InlineData("UPDATE account SET account = 'd' WHERE account = 'a'")]
    [InlineData("DELETE FROM account_bucket")]
    [InlineData("UPDATE account_bucket SET body = substr(body, 1, length(body) - 16)")]
    [InlineData("DELETE FROM operation WHERE first_sequence = (SELECT max(first_sequence) FROM operation)")]
    [InlineData("DELETE FROM operation WHERE first_sequence = (SELECT min(first_sequence) FROM operation)")]
    [InlineData("DELETE FROM operation WHERE first_sequence = (SELECT min(first_sequence) FROM operation WHERE first_sequence > opening)")]
    [InlineData("UPDATE operation SET first_sequence = first_sequence + 1 WHERE first_sequence = (SELECT max(first_sequence) FROM operation)")]
    [InlineData("UPDATE operation SET opening = (SELECT max(opening) FROM operation) WHERE first_sequence = (SELECT min(first_sequence) FROM operation WHERE first_sequence > opening)")]
    [InlineData("UPDATE operation SET opening = opening + 1000 WHERE opening = (SELECT max(opening) FROM operation)")]
    [InlineData("DELETE FROM operation")]
    [InlineData("UPDATE account SET stands_at = 4000000000000 WHERE account = 'a'")]
    public async Task An_altered_row_is_detected(string change)
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync(change);
        AccountStoreVerdict verdict = await VerifyAsync(host);
        Assert.Null(verdict.Rebuild);
        Assert.NotEqual(0, verdict.DifferenceCount);
        Assert.All(verdict.Differences, difference => Assert.Matches(@"^Account [a-z]: .+\.$", difference));
    }

    [Fact]
    public async Task A_journal_whose_entries_contradict_each_other_is_damaged_even_if_its_seals_are_valid()
    {
        await using StoreHost host = CreateHost();
        await host.OpenAsync();
        CommitChain chain = new(host.Clock);
        Commit[] commits =
        [
            chain.Add([Given.Credit(chain.Next, 5, "a")]),
            chain.Add([Given.Credit(chain.Next, 1, "a") with { BalanceBefore = new Points(99) }]),
        ];
        foreach (Commit commit in commits)
        {
            Assert.Equal(AppendResult.Appended, await host.Journal.AppendAsync(commit, Token));
        }

        Assert.True(await host.AccountStore.ApplyAsync(SnapshotRound.From(commits), Token));
        JournalDamagedException damage = await Assert.ThrowsAsync<JournalDamagedException>(() => VerifyAsync(host));
        Assert.Equal((commits[1].First, commits[1].Last, commits[1].Id), (damage.First, damage.Last, damage.Commit));
    }

    [Theory]
    [InlineData("points = points + 1 WHERE payer = 'P'", "The sums of payer P over all accounts: its totals do not match their checksum.")]
    [InlineData("payer = 'nobody' WHERE payer = 'Q'", "The sums of payer nobody over all accounts: ")]
    public async Task A_difference_names_the_payer(string change, string sentence)
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync($"UPDATE payer_total SET {change}");
        Assert.Contains((await VerifySumsAsync(host)).Differences, difference => difference.StartsWith(sentence, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("UPDATE payer_total SET points = points + 1 WHERE payer = 'P'")]
    [InlineData("UPDATE payer_total SET outstanding = outstanding + 1 WHERE payer = 'P'")]
    [InlineData("UPDATE payer_total SET payer = 'nobody' WHERE payer = 'Q'")]
    [InlineData("DELETE FROM payer_total WHERE payer = 'Q'")]
    [InlineData("UPDATE payer_flow SET points = points + 1 WHERE payer = 'Q'")]
    [InlineData("UPDATE payer_flow SET kind = 'return' WHERE payer = 'P' AND kind = 'draw'")]
    [InlineData("UPDATE payer_flow SET recorded_day = occurred_day WHERE payer = 'Q' AND kind = 'credit'")]
    [InlineData("DELETE FROM payer_flow WHERE payer = 'Q'")]
    [InlineData("UPDATE payer_stock SET lot_points = lot_points + 1 WHERE payer = 'Q'")]
    [InlineData("UPDATE payer_stock SET expires_day = occurred_day WHERE payer = 'Q'")]
    [InlineData("DELETE FROM payer_stock WHERE payer = 'Q'")]
    public async Task An_altered_row_of_the_read_model_is_detected(string change)
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync(change);
        ReadModelVerdict verdict = await VerifySumsAsync(host);
        Assert.Null(verdict.Build);
        Assert.NotEqual(0, verdict.DifferenceCount);
        Assert.All(verdict.Differences, difference => Assert.Matches(@"^The sums of payer \w+ over all accounts: .+\.$", difference));
        Assert.Equal(0, (await VerifyAsync(host)).DifferenceCount);
    }

    [Fact]
    public async Task An_unaltered_read_model_passes_verification()
    {
        await using StoreHost host = await WriteAsync();
        ReadModelVerdict verdict = await VerifySumsAsync(host);
        Assert.Equal((null, 0L), (verdict.Build, verdict.DifferenceCount));
        Assert.Equal(((await host.Journal.ReadHeadAsync(Token)).Last, 4L), (verdict.Through, verdict.Payers));
    }

    [Fact]
    public async Task A_missing_or_incomplete_read_model_is_not_compared()
    {
        await using StoreHost host = await WriteAsync();
        await host.ReadModel.AbandonAsync(await host.ReadModel.ServingAsync(), Token);
        Assert.Equal((ReadModelVerdict.Missing, 0L), ((await VerifySumsAsync(host)).Build, (await VerifySumsAsync(host)).DifferenceCount));
        Assert.NotNull(await host.ReadModel.BeginBuildAsync(Token));
        Assert.Equal("the first generation is not complete yet", (await VerifySumsAsync(host)).Build);
    }

    [Theory]
    [InlineData("points")]
    [InlineData("payer")]
    [InlineData("timestamp")]
    [InlineData("expiry")]
    [InlineData("hold")]
    [InlineData("unpaid")]
    [InlineData("flush")]
    [InlineData("key")]
    [InlineData("hash")]
    [InlineData("no key")]
    [InlineData("end")]
    public async Task A_readable_but_wrong_snapshot_is_detected(string alteration)
    {
        await using StoreHost host = await WriteAsync();
        await StoreAsync(host, entry => Alter(entry, alteration));
        AccountStoreVerdict verdict = await VerifyAsync(host);
        Assert.Contains(verdict.Differences, difference => difference.StartsWith("Account a: ", StringComparison.Ordinal) || difference.StartsWith("Account c: ", StringComparison.Ordinal));
        Assert.DoesNotContain(verdict.Differences, difference => difference.Contains("checksum", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rebuilt_tables_pass_verification()
    {
        await using StoreHost host = await WriteAsync();
        await StoreAsync(host, entry => entry);
        Assert.Equal(0, (await VerifyAsync(host)).DifferenceCount);
    }

    [Fact]
    public async Task Differences_beyond_the_limit_are_counted()
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync("DELETE FROM operation");
        AccountStoreVerdict verdict = await VerifyAsync(host, differencesMax: 2);
        Assert.Equal((2, 3L), (verdict.Differences.Count, verdict.DifferenceCount));
    }

    [Fact]
    public async Task Tables_of_another_journal_are_not_compared_because_the_next_start_rebuilds_them()
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync("UPDATE account_store_position SET seal = target_seal, last_sequence = last_sequence - 1");
        AccountStoreVerdict verdict = await VerifyAsync(host);
        Assert.Equal(("it belongs to another journal", 0L), (verdict.Rebuild, verdict.DifferenceCount));
    }

    [Fact]
    public async Task Rows_that_are_ahead_of_the_position_are_compared_with_the_later_entries()
    {
        await using StoreHost host = await WriteAsync();
        AccountStorePosition before = await host.AccountStore.ReadPositionAsync(Token);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            (await ledger.DoAsync(new AddTransaction(Given.Account("a"), Given.Payer("Q"), new Points(5), Given.Time))).Accepted();
            (await ledger.DoAsync(new AddTransaction(Given.Account("d"), Given.Payer("Q"), new Points(5), Given.Time))).Accepted();
            await ledger.StopAsync(inOrder: true);
        }

        await using PositionedAccountStore behind = new(host.AccountStore, () => before);
        Assert.DoesNotContain((await VerifyAsync(host, accountStore: behind)).Differences, difference => difference.StartsWith("Account", StringComparison.Ordinal));
        await StoreAsync(host, entry => entry.Account == Given.Account("d") ? entry with { Points = new Points(6), LotPoints = new Points(6) } : entry);
        Assert.Contains(
            (await VerifyAsync(host, accountStore: behind)).Differences,
            difference => difference.StartsWith("Account d: number 1 of its payers is ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Rows_of_an_interrupted_first_round_are_compared()
    {
        await using StoreHost host = await WriteAsync();
        AccountStorePosition position = await host.AccountStore.ReadPositionAsync(Token);
        await using PositionedAccountStore start = new(host.AccountStore, () => AccountStorePosition.Start with { TargetLast = position.Last, TargetSeal = position.Seal });
        AccountStoreVerdict verdict = await VerifyAsync(host, accountStore: start);
        Assert.Equal((Sequence.Zero, 3L), (verdict.Through, verdict.Accounts));
        Assert.DoesNotContain(verdict.Differences, difference => difference.StartsWith("Account", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tables_that_do_not_yet_contain_the_journal_pass_verification()
    {
        await using StoreHost host = await WriteAsync();
        await host.AccountStore.ResetAsync(Token);
        AccountStoreVerdict verdict = await VerifyAsync(host);
        Assert.Equal((null, 0L, 0L), (verdict.Rebuild, verdict.Accounts, verdict.DifferenceCount));
    }

    [Fact]
    public async Task A_key_that_servers_may_have_deleted_can_be_missing()
    {
        await using StoreHost host = await WriteAsync();
        Assert.Equal(3, await host.AccountStore.ForgetKeysAsync(Instant.MaxValue, 10, Token));
        Assert.Equal(3, (await VerifyAsync(host)).DifferenceCount);
        host.Clock.Advance(TimeSpan.FromDays(8));
        Assert.Equal(0, (await VerifyAsync(host)).DifferenceCount);
    }

    /// <summary>Fills the tables again from altered entries. The checksums of these rows are valid.</summary>
    private static async Task StoreAsync(StoreHost host, Func<Entry, Entry> alter)
    {
        List<Commit> commits = await StoreAssert.ReadAllAsync(host.Journal);
        await host.AccountStore.ResetAsync(Token);
        Commit[] altered = [.. commits.Select(commit => commit.WithEntries([.. commit.Entries.Select(alter)]))];
        Assert.True(await host.AccountStore.ApplyAsync(SnapshotRound.From(altered), Token));
    }

    /// <summary>Changes entries of account a, or of account c, which was flushed.</summary>
    private static Entry Alter(Entry entry, string alteration) => (alteration, entry) switch
    {
        ("points", { Kind: EntryKind.Credit, Account.Value: "a", Payer.Value: "S" }) => entry with { Points = new Points(61), LotPoints = new Points(61) },
        ("payer", { Account.Value: "a", Payer.Value: "S" }) => entry with { Payer = Given.Payer("Z") },
        ("timestamp", { Kind: EntryKind.Credit, Account.Value: "a", Payer.Value: "S" }) => entry with { OccurredAt = entry.OccurredAt!.Value.PlusClamped(Hour) },
        ("expiry", { Kind: EntryKind.Credit, Account.Value: "a", Payer.Value: "S" }) => entry with { ExpiresAt = Instant.MaxValue },
        ("hold", { Kind: EntryKind.Spend, Account.Value: "a" }) => entry with { ExpiresAt = entry.ExpiresAt!.Value.PlusClamped(Hour) },
        ("unpaid", { Kind: EntryKind.Deduction, Account.Value: "a" }) => entry with { Points = Points.Zero },
        ("flush", { Kind: EntryKind.Flush, Account.Value: "c", IsFirst: true }) => entry with { Kind = EntryKind.Expiry },
        ("key", { Origin.Key: not null, Account.Value: "a" }) => entry with { Origin = entry.Origin with { Key = Given.Key("other") } },
        ("hash", { Origin.Key: not null, Account.Value: "a" }) => entry with { Origin = entry.Origin with { KeyHash = default(Digest) } },
        ("no key", { Origin.Key: not null, Account.Value: "a" }) => entry with { Origin = entry.Origin with { Key = null, KeyHash = null } },
        ("end", { Kind: EntryKind.Capture, Account.Value: "a" }) => entry with { Subject = new Sequence(1) },
        _ => entry,
    };

    private static Task<AccountStoreVerdict> VerifyAsync(
        StoreHost host, long entriesInMemoryMax = 4_000_000, int differencesMax = 20, IAccountStore? accountStore = null)
    {
        AccountStoreVerificationBounds bounds = new() { EntriesInMemoryMax = entriesInMemoryMax, DifferencesMax = differencesMax };
        Sequence last = Sequence.Zero;
        return new AccountStoreVerification(host.Journal, accountStore ?? host.AccountStore, bounds, host.Clock).RunAsync(
            through =>
            {
                Assert.True(through >= last, "Progress went back.");
                last = through;
            },
            Token);
    }

    /// <summary>Writes to three accounts, so that each column of each table has values.</summary>
    private async Task<StoreHost> WriteAsync()
    {
        StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Instant expiry = Instant.FromDateTimeOffset(host.Clock.GetUtcNow()).PlusClamped(Hour);
        foreach (AccountId account in new[] { Given.Account("a"), Given.Account("b"), Given.Account("c") })
        {
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(100), Given.Time.PlusClamped(-Hour)) { ExpiresAt = expiry })).Accepted();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("Q"), new Points(60), Given.Time).With("key"))).Accepted();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("S"), new Points(60), Given.Time.PlusClamped(Hour)))).Accepted();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("zero"), new Points(1), Given.Time))).Accepted();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("zero"), new Points(-1), Given.Time))).Accepted();
            (await ledger.DoAsync(new SpendPoints(account, new Points(30)) { Hold = Hour })).Accepted();
            Receipt captured = (await ledger.DoAsync(new SpendPoints(account, new Points(10)) { Hold = Hour })).Accepted();
            (await ledger.DoAsync(new CaptureSpend(account, captured.Id.Sequence))).Accepted();
        }

        (await ledger.DoAsync(new FlushAccount(Given.Account("c")))).Accepted();
        await ledger.Partition.WaitUntilReadModelAsync(Token);
        await ledger.StopAsync(inOrder: true);
        return host;
    }

    /// <summary>An account store that reports another position.</summary>
    private sealed class PositionedAccountStore(IAccountStore inner, Func<AccountStorePosition> position) : DelegatingAccountStore(inner)
    {
        public override ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken) => new(position());
    }
}
