using Pointbook.Engine;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Runs;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract;

/// <summary>Comparing the derived tables with the journal finds every row that was changed, added or removed. The tests of stores with rows inherit it.</summary>
public abstract class VerificationContract
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    protected abstract StoreHost CreateHost();

    [Theory]
    [InlineData(4_000_000)]
    [InlineData(10)]
    public async Task Tables_that_nobody_changed_are_right(long entriesInMemoryMax)
    {
        await using StoreHost host = await WriteAsync();
        ProjectionVerdict verdict = await VerifyAsync(host, entriesInMemoryMax);
        Assert.Equal((null, 0L), (verdict.Rebuild, verdict.DifferenceCount));
        Assert.Equal(((await host.Journal.ReadHeadAsync(Token)).Last, 3L), (verdict.Through, verdict.Accounts));
    }

    [Theory]
    [InlineData("UPDATE account SET stands_at = stands_at + 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET stands_at = 1 WHERE account = 'b'")]
    [InlineData("UPDATE account SET flushed_through = 0 WHERE account = 'c'")]
    [InlineData("UPDATE account SET flushed_through_before = 1 WHERE account = 'c'")]
    [InlineData("UPDATE account SET open_lots = open_lots + 1 WHERE account = 'a'")]
    [InlineData("UPDATE account SET held = held + 1 WHERE account = 'a'")]
    [InlineData("DELETE FROM account WHERE account = 'a'")]
    [InlineData("UPDATE payer_balance SET points = points + 1, outstanding = outstanding - 1 WHERE account = 'a' AND payer = 'P'")]
    [InlineData("UPDATE payer_balance SET payer = 'nobody' WHERE account = 'a' AND payer = 'Q'")]
    [InlineData("UPDATE payer_balance SET first_sequence = first_sequence + 1 WHERE account = 'a' AND payer = 'Q'")]
    [InlineData("DELETE FROM payer_balance WHERE account = 'b' AND payer = 'zero'")]
    [InlineData("UPDATE $lot SET payer = CASE payer WHEN 'Q' THEN 'S' ELSE 'Q' END WHERE account = 'a' AND payer IN ('Q', 'S')")]
    [InlineData("UPDATE $lot SET remaining = remaining + CASE payer WHEN 'Q' THEN 1 ELSE -1 END WHERE account = 'a' AND payer IN ('Q', 'S')")]
    [InlineData("UPDATE $lot SET expires_at = NULL WHERE account = 'a'")]
    [InlineData("UPDATE $lot SET occurred_at = expires_at WHERE account = 'a' AND expires_at IS NOT NULL")]
    [InlineData("UPDATE $lot SET sequence = 1 WHERE account = 'b' AND payer = 'Q'")]
    [InlineData("DELETE FROM $lot WHERE account = 'a' AND payer = 'Q'")]
    [InlineData("UPDATE hold SET ends_at = (SELECT max(occurred_at) FROM $lot) WHERE account = 'a'")]
    [InlineData("UPDATE hold SET points = points + 1 WHERE account = 'a'")]
    [InlineData("DELETE FROM hold WHERE account = 'a'; DELETE FROM held_draw WHERE account = 'a'")]
    [InlineData("UPDATE held_draw SET payer = 'Q' WHERE account = 'a' AND payer = 'P'")]
    [InlineData("UPDATE held_draw SET expires_at = NULL WHERE account = 'a'")]
    [InlineData("UPDATE held_draw SET lot = lot + 1 WHERE account = 'a'")]
    [InlineData("UPDATE operation SET kind = 'deduction' WHERE account = 'a' AND kind = 'spend'")]
    [InlineData("UPDATE operation SET points = points + 1 WHERE account = 'a' AND kind = 'spend'")]
    [InlineData("UPDATE operation SET last_sequence = last_sequence + 1 WHERE account = 'a' AND kind = 'spend'")]
    [InlineData("UPDATE operation SET recorded_at = (SELECT min(recorded_at) FROM operation) WHERE account = 'b' AND kind = 'spend'")]
    [InlineData("UPDATE operation SET decided_at = (SELECT max(ends_at) FROM hold) WHERE account = 'b' AND kind = 'spend'")]
    [InlineData("UPDATE operation SET payers = (SELECT payers FROM operation WHERE account = 'a' AND kind = 'deduction') WHERE account = 'a' AND kind = 'spend'")]
    [InlineData("UPDATE operation SET checksum = (SELECT checksum FROM operation WHERE account = 'a' AND kind = 'deduction') WHERE account = 'a' AND kind = 'spend'")]
    [InlineData("UPDATE operation SET pieces = NULL WHERE account = 'a' AND kind = 'spend'")]
    [InlineData("UPDATE operation SET account = 'b' WHERE account = 'a' AND kind = 'spend'")]
    [InlineData("DELETE FROM operation WHERE account = 'a' AND kind = 'deduction'")]
    [InlineData("UPDATE operation_end SET kind = 'reversal' WHERE account = 'a'")]
    [InlineData("UPDATE operation_end SET sequence = 1 WHERE account = 'a'")]
    [InlineData("UPDATE operation_end SET subject = 1 WHERE account = 'a'")]
    [InlineData("DELETE FROM operation_end WHERE account = 'a'")]
    [InlineData("UPDATE idempotency_key SET operation = 1 WHERE account = 'b'")]
    [InlineData("UPDATE idempotency_key SET hash = (SELECT seal FROM projection_position) WHERE account = 'b'")]
    [InlineData("UPDATE idempotency_key SET key = 'other' WHERE account = 'b'")]
    [InlineData("UPDATE idempotency_key SET decided_at = (SELECT max(ends_at) FROM hold) WHERE account = 'b'")]
    [InlineData("DELETE FROM idempotency_key WHERE account = 'a'")]
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
    public async Task A_changed_row_is_found(string change)
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync(change.Replace("$lot", host.LotTable, StringComparison.Ordinal));
        ProjectionVerdict verdict = await VerifyAsync(host);
        Assert.Null(verdict.Rebuild);
        Assert.NotEqual(0, verdict.DifferenceCount);
        Assert.All(verdict.Differences, difference => Assert.Matches(@"^(Account [a-z]: |The sums of payer \w+ over all accounts: ).+\.$", difference));
    }

    [Theory]
    [InlineData("points = points + 1 WHERE payer = 'P'", "The sums of payer P over all accounts: the points and unpaid deductions are (")]
    [InlineData("payer = 'nobody' WHERE payer = 'Q'", "The sums of payer nobody over all accounts: ")]
    public async Task A_difference_names_the_payer(string change, string sentence)
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync($"UPDATE payer_total SET {change}");
        Assert.Contains((await VerifyAsync(host)).Differences, difference => difference.StartsWith(sentence, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Differences_beyond_the_limit_are_counted()
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync("UPDATE operation SET points = points + 1 WHERE kind = 'credit'");
        ProjectionVerdict verdict = await VerifyAsync(host, differencesMax: 2);
        Assert.Equal((2, 3L), (verdict.Differences.Count, verdict.DifferenceCount));
    }

    [Fact]
    public async Task Tables_of_another_journal_are_not_compared_because_the_next_start_rebuilds_them()
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync("UPDATE projection_position SET seal = target_seal, last_sequence = last_sequence - 1");
        ProjectionVerdict verdict = await VerifyAsync(host);
        Assert.Equal(("they are not of this journal", 0L), (verdict.Rebuild, verdict.DifferenceCount));
    }

    [Fact]
    public async Task Rows_that_are_ahead_of_the_position_are_compared_with_the_later_entries()
    {
        await using StoreHost host = await WriteAsync();
        ProjectionPosition before = await host.Projection.ReadPositionAsync(Token);
        await using (RunningLedger ledger = await RunningLedger.StartAsync(host))
        {
            (await ledger.DoAsync(new AddTransaction(Given.Account("a"), Given.Payer("Q"), new Points(5), Given.Time))).Taken();
            (await ledger.DoAsync(new AddTransaction(Given.Account("d"), Given.Payer("Q"), new Points(5), Given.Time))).Taken();
            await ledger.EndAsync(inOrder: true);
        }

        await using PositionedProjection behind = new(host.Projection, before);
        ProjectionVerificationOptions options = new();
        Assert.Equal(0, (await ProjectionVerification.RunAsync(host.Journal, behind, options, static _ => { }, Token)).Differences.Count(
            difference => difference.StartsWith("Account", StringComparison.Ordinal)));
        await host.ChangeRowsAsync($"UPDATE {host.LotTable} SET remaining = 6 WHERE account = 'd'; UPDATE payer_balance SET points = 6 WHERE account = 'd'");
        Assert.Contains(
            (await ProjectionVerification.RunAsync(host.Journal, behind, options, static _ => { }, Token)).Differences,
            difference => difference.StartsWith("Account d: number 1 of its payers is ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_servers_may_have_deleted_may_be_missing()
    {
        await using StoreHost host = await WriteAsync();
        await host.ChangeRowsAsync("DELETE FROM idempotency_key");
        ProjectionVerificationOptions options = new() { KeysFrom = Instant.FromDateTimeOffset(host.Clock.GetUtcNow()).PlusClamped(Hour) };
        Assert.Equal(0, (await ProjectionVerification.RunAsync(host.Journal, host.Projection, options, static _ => { }, Token)).DifferenceCount);
        Assert.Equal(3, (await VerifyAsync(host)).DifferenceCount);
    }

    private static Task<ProjectionVerdict> VerifyAsync(StoreHost host, long entriesInMemoryMax = 4_000_000, int differencesMax = 20) => ProjectionVerification.RunAsync(
        host.Journal,
        host.Projection,
        new ProjectionVerificationOptions { EntriesInMemoryMax = entriesInMemoryMax, DifferencesMax = differencesMax },
        static _ => { },
        Token);

    /// <summary>Writes on three accounts something for each column of each table.</summary>
    private async Task<StoreHost> WriteAsync()
    {
        StoreHost host = CreateHost();
        await host.OpenAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(host);
        Instant expiry = Instant.FromDateTimeOffset(host.Clock.GetUtcNow()).PlusClamped(Hour);
        foreach (AccountId account in new[] { Given.Account("a"), Given.Account("b"), Given.Account("c") })
        {
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("P"), new Points(100), Given.Time.PlusClamped(-Hour)) { ExpiresAt = expiry })).Taken();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("Q"), new Points(60), Given.Time).With("key"))).Taken();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("S"), new Points(60), Given.Time.PlusClamped(Hour)))).Taken();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("zero"), new Points(1), Given.Time))).Taken();
            (await ledger.DoAsync(new AddTransaction(account, Given.Payer("zero"), new Points(-1), Given.Time))).Taken();
            (await ledger.DoAsync(new SpendPoints(account, new Points(30)) { Hold = Hour })).Taken();
            Receipt captured = (await ledger.DoAsync(new SpendPoints(account, new Points(10)) { Hold = Hour })).Taken();
            (await ledger.DoAsync(new CaptureSpend(account, captured.Id.Sequence))).Taken();
        }

        (await ledger.DoAsync(new FlushAccount(Given.Account("c")))).Taken();
        await ledger.EndAsync(inOrder: true);
        return host;
    }

    /// <summary>A projection that says it stands where it stood before.</summary>
    private sealed class PositionedProjection(IProjection inner, ProjectionPosition position) : DelegatingProjection(inner)
    {
        public override ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken) => new(position);
    }
}
