using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Clusters;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Postgres.Tests.Support;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.AccountStores;

/// <summary>Snapshot writers of several processes on one database apply each commit exactly once.</summary>
public sealed class TwoSnapshotWritersTests(SharedCluster shared) : IAsyncLifetime
{
    private readonly PostgresHost _host = new(shared);
    private CommitChain _chain = null!;
    private ScriptedLedger _ledger = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _host.OpenAsync();
        _chain = new CommitChain(_host.Clock);
        _ledger = new ScriptedLedger(_chain);
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact]
    public async Task Two_concurrent_snapshot_writers_produce_the_same_tables_as_one()
    {
        CommitMany();
        await using PostgresStore other = await OpenOtherAsync();
        await Task.WhenAll(
            StoreAsync(_host.AccountStore, commitsPerRound: 2),
            StoreAsync(other.Partitions[0].AccountStore, commitsPerRound: 3),
            StoreAsync(other.Partitions[0].AccountStore, commitsPerRound: 50));
        await Expected.AssertAsync(_host, _chain, _ledger);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Snapshot_writers_interrupted_by_resets_produce_the_same_tables_as_one(int seed)
    {
        CommitMany();
        Random random = new(seed);
        await using PostgresStore other = await OpenOtherAsync();
        Task[] snapshotWriters =
        [
            StoreAsync(_host.AccountStore, commitsPerRound: 7),
            StoreAsync(other.Partitions[0].AccountStore, commitsPerRound: 20),
        ];
        for (int reset = 0; reset < 12; reset++)
        {
            await Eventually.AtRandomAsync(random, TimeSpan.FromMilliseconds(30));
            await other.Partitions[0].AccountStore.ResetAsync(Token);
        }

        await Task.WhenAll(snapshotWriters);
        // A reset may have followed after one of the snapshot writers had finished.
        await StoreAsync(_host.AccountStore, commitsPerRound: 11);
        await Expected.AssertAsync(_host, _chain, _ledger);
    }

    [Fact]
    public async Task A_round_that_began_before_a_reset_does_not_continue_after_it()
    {
        for (int number = 0; number < 600; number++)
        {
            _ledger.Add($"account{number}", "P", 10);
        }

        SnapshotRound round = _ledger.Round();
        // The round holds the lock of the position for its first piece, and the reset queues for this lock. So the reset
        // comes before the end of the round. The position is the same before and after it.
        await _host.Sql.RunAsync(
            """
            CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_advisory_xact_lock(1); RETURN NEW; END $$;
            CREATE TRIGGER hold BEFORE INSERT ON account FOR EACH ROW WHEN (NEW.account = 'account0') EXECUTE FUNCTION hold();
            """);
        bool isApplied = true;
        for (int attempt = 0; isApplied && attempt < 200; attempt++)
        {
            await _host.Sql.RunAsync("SELECT pg_advisory_lock(1)");
            Task<bool> applying = _host.AccountStore.ApplyAsync(round, Token).AsTask();
            await WaitForLockAsync("advisory");
            Task resetting = _host.AccountStore.ResetAsync(Token).AsTask();
            await WaitForLockAsync("transactionid");
            await _host.Sql.RunAsync("SELECT pg_advisory_unlock(1)");
            // PostgreSQL may give the lock to the next piece of the round before it wakes the reset. Then the reset follows the whole round.
            isApplied = await applying;
            await resetting;
        }

        Assert.False(isApplied);
        await _host.Sql.RunAsync("DROP FUNCTION hold() CASCADE");

        Assert.Equal(AccountStorePosition.Start, await _host.AccountStore.ReadPositionAsync(Token));
        Assert.True(await _host.AccountStore.ApplyAsync(round, Token));
        await Expected.AssertAsync(_host, _chain, _ledger);
    }

    private Task WaitForLockAsync(string kindOfLock) => Eventually.TrueAsync(
        async () => await _host.Sql.ScalarAsync<long>("SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE NOT granted AND locktype = $1 AND datname = current_database()", kindOfLock) > 0,
        $"A session waits for a lock of the kind {kindOfLock}.");

    private void CommitMany()
    {
        for (int number = 0; number < 120; number++)
        {
            _ledger.Add($"account{number % 7}", "P", 10, day: -number);
            _ledger.Spend($"account{number % 7}", 3, key: $"k{number}");
            _ledger.Add($"account{number % 5}", "Q", 4);
            if (number % 31 == 30)
            {
                _ledger.Flush($"account{number % 3}");
            }

            _ledger.Commit();
        }
    }

    private Task<PostgresStore> OpenOtherAsync() => PostgresStore.OpenAsync(_host.Options, NullLogger.Instance, Token);

    private async Task StoreAsync(IAccountStore accountStore, int commitsPerRound)
    {
        while (await accountStore.ReadPositionAsync(Token) is { } position && position.Last < _chain.Head.Last)
        {
            IEnumerable<Commit> waiting = _chain.Commits.Where(commit => commit.First > position.Last);
            await accountStore.ApplyAsync(SnapshotRound.From([.. waiting.Take(commitsPerRound)]), Token);
        }
    }
}
