using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Outages;

/// <summary>The wire cuts connections while a commit is in progress.</summary>
public sealed class LostConnectionTests(SharedCluster shared) : IAsyncLifetime
{
    private RunningLedger? _ledger;

    private RunningLedger Ledger => _ledger ?? throw new InvalidOperationException("The test has not begun.");

    public async ValueTask InitializeAsync()
    {
        _ledger = await RunningLedger.StartAsync(await shared.GetAsync());
        await Ledger.AddUntilAcceptedAsync("warm", 1, "warm");
    }

    public async ValueTask DisposeAsync() => await Ledger.DisposeAsync();

    [Theory]
    [InlineData(nameof(LossKind.Request))]
    [InlineData(nameof(LossKind.Reply))]
    public async Task The_outcome_of_an_interrupted_commit_is_looked_up_and_answered(string lost)
    {
        Lose(Enum.Parse<LossKind>(lost), times: 1);
        Outcome<Receipt> outcome = await Ledger.AddAsync("probe", 5, "once");

        Assert.False(outcome.Value!.IsReplay);
        Assert.Equal(1, Ledger.Wire.Losses);
        Assert.Equal(1, (await Ledger.CountKeysAsync())["once"]);
        await Ledger.WaitForBalanceAsync("probe", 5);
    }

    [Theory]
    [InlineData(nameof(LossKind.Request), false)]
    [InlineData(nameof(LossKind.Reply), true)]
    public async Task A_commit_whose_outcome_cannot_be_found_is_reported_as_unknown_and_can_be_repeated_with_its_key(string lost, bool isDurable)
    {
        // The wire loses the append itself once. It then loses everything that follows, including the query for the outcome.
        bool isLost = false;
        Ledger.Wire.Decide = piece =>
        {
            if (isLost)
            {
                return LossKind.Request;
            }

            isLost = IsProbe(piece);
            return isLost ? Enum.Parse<LossKind>(lost) : LossKind.Nothing;
        };
        Outcome<Receipt> outcome = await Ledger.AddAsync("probe", 5, "once");
        Assert.Equal(RefusalCode.OutcomeUnknown, outcome.Refusal!.Code);
        Assert.False(Ledger.Partition.Health.CanAppend);
        Assert.True((await Ledger.BalanceAsync("probe")).IsRefused);

        Ledger.Wire.Decide = static _ => LossKind.Nothing;
        Receipt receipt = await Ledger.AddUntilAcceptedAsync("probe", 5, "once");
        Assert.Equal(isDurable, receipt.IsReplay);
        Assert.Equal(1, (await Ledger.CountKeysAsync())["once"]);
        await Ledger.WaitForBalanceAsync("probe", 5);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task However_connections_break_every_write_exists_once_and_every_answer_was_true(int seed)
    {
        const int Callers = 8;
        const int Writes = 40;
        Random random = new(seed);
        Ledger.Wire.Decide = _ =>
        {
            lock (random)
            {
                return random.Next(12) is int choice and < 2 ? (LossKind)(choice + 1) : LossKind.Nothing;
            }
        };

        Receipt[] receipts = (await Task.WhenAll(Enumerable.Range(0, Callers).Select(WriteAsync))).SelectMany(each => each).ToArray();
        int losses = Ledger.Wire.Losses;
        Ledger.Wire.Decide = static _ => LossKind.Nothing;
        await Ledger.WaitUntilReadyAsync();

        Assert.True(losses > 20, $"Only {losses} connections were cut.");
        Dictionary<string, int> keys = await Ledger.CountKeysAsync();
        Assert.Equal((Callers * Writes) + 1, keys.Count);
        Assert.All(keys.Values, times => Assert.Equal(1, times));
        Assert.Equal(receipts.Length, receipts.DistinctBy(receipt => receipt.Id).Count());
        for (int caller = 0; caller < Callers; caller++)
        {
            await Ledger.WaitForBalanceAsync($"account{caller}", Writes);
            Receipt again = await Ledger.AddUntilAcceptedAsync($"account{caller}", 1, $"{caller}.0");
            Assert.True(again.IsReplay);
            Assert.Equal(receipts[caller * Writes].Id, again.Id);
        }

        async Task<List<Receipt>> WriteAsync(int caller)
        {
            List<Receipt> taken = [];
            for (int write = 0; write < Writes; write++)
            {
                taken.Add(await Ledger.AddUntilAcceptedAsync($"account{caller}", 1, $"{caller}.{write}"));
            }

            return taken;
        }
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(4, false)]
    public async Task An_abandoned_commit_is_found_if_it_succeeds_after_all_and_fails_if_it_is_too_late(int skewSeconds, bool isMade)
    {
        await using RunningLedger ledger = await RunningLedger.StartAsync(
            await shared.GetAsync(), "Command Timeout=2;Cancellation Timeout=100", skewMax: TimeSpan.FromSeconds(skewSeconds));
        await ledger.AddUntilAcceptedAsync("probe", 7, "before");
        // The server does not learn that no client waits for its statements any more, so they still wait for the lock.
        ledger.Wire.Decide = static piece => IsCancellation(piece) ? LossKind.Request : LossKind.Nothing;
        await using (NpgsqlConnection blocker = new(ledger.Database))
        {
            await blocker.OpenAsync(TestContext.Current.CancellationToken);
            await using NpgsqlTransaction transaction = await blocker.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using NpgsqlCommand take = new("LOCK TABLE journal_commit IN EXCLUSIVE MODE", blocker);
            await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            Assert.Equal(RefusalCode.OutcomeUnknown, (await ledger.AddAsync("probe", 1, "late")).Refusal!.Code);
            await ledger.WaitForBalanceAsync("probe", 7);
            await transaction.RollbackAsync(TestContext.Current.CancellationToken);

            // Otherwise the repeat may reach the journal before the commit that the client has abandoned.
            await using NpgsqlCommand count = new(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state = 'active' AND backend_type = 'client backend'", blocker);
            await Eventually.TrueAsync(
                async () => await count.ExecuteScalarAsync(TestContext.Current.CancellationToken) is 0L, "No other statement is active.");
        }

        Receipt receipt = await ledger.AddUntilAcceptedAsync("probe", 1, "late");
        await ledger.WaitUntilReadyAsync();
        Assert.Equal(isMade, receipt.IsReplay);
        Assert.Equal(1, (await ledger.CountKeysAsync())["late"]);
        await ledger.WaitForBalanceAsync("probe", 8);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(30)]
    public async Task An_append_takes_one_round_trip_however_many_entries_it_has(int entries)
    {
        await using RunningLedger ledger = await RunningLedger.StartAsync(await shared.GetAsync());
        CommitChain chain = new(TimeProvider.System);
        int roundTrips = 0;
        int fewest = int.MaxValue;
        ledger.Wire.Decide = _ =>
        {
            Interlocked.Increment(ref roundTrips);
            return LossKind.Nothing;
        };
        for (int commit = 0; commit < 20; commit++)
        {
            Interlocked.Exchange(ref roundTrips, 0);
            Assert.Equal(AppendResult.Appended, await ledger.Journal.AppendAsync(chain.AddCredits(Enumerable.Repeat(1L, entries)), CancellationToken.None));
            // The first appends open a connection and prepare the statement. Other loops of the partition may use the wire at any time.
            fewest = Math.Min(fewest, Volatile.Read(ref roundTrips));
        }

        Assert.Equal(1, fewest);
    }

    [Fact]
    public async Task Connections_that_an_administrator_ends_are_reopened()
    {
        for (int round = 0; round < 5; round++)
        {
            await Ledger.Cluster.TerminateBackendsAsync(Ledger.Database);
            await Ledger.AddUntilAcceptedAsync("probe", 1, $"round{round}");
        }

        await Ledger.WaitForBalanceAsync("probe", 5);
        Assert.All((await Ledger.CountKeysAsync()).Values, times => Assert.Equal(1, times));
    }

    // The length and the code of a cancel request:
    // https://www.postgresql.org/docs/current/protocol-message-formats.html#PROTOCOL-MESSAGE-FORMATS-CANCELREQUEST
    private static bool IsCancellation(ReadOnlyMemory<byte> piece) => piece.Length == 16 && piece.Span[3] == 16 && piece.Span[4] == 4 && piece.Span[5] == 0xD2;

    // Only an append contains the idempotency key itself and the account that it opens in its texts, and the payer in its body.
    private static bool IsProbe(ReadOnlyMemory<byte> piece) => piece.Span.IndexOf("\u0006DANNON"u8) >= 0 && piece.Span.IndexOf("probe"u8) >= 0 && piece.Span.IndexOf("once"u8) >= 0;

    /// <summary>Loses the next appends of the probe, and no other piece.</summary>
    private void Lose(LossKind loss, int times) => Ledger.Wire.Decide = piece =>
        IsProbe(piece) && Interlocked.Decrement(ref times) >= 0 ? loss : LossKind.Nothing;
}
