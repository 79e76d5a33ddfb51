using Pointbook.Clusters;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Storage.Postgres.Tests.Support;

namespace Pointbook.Storage.Postgres.Tests.Outages;

/// <summary>A commit must be on a standby as well, and the standby has stopped.</summary>
public sealed class StandbyTests
{
    [Fact]
    public async Task A_commit_that_has_not_reached_the_standby_is_never_acknowledged()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync();
        await using RunningLedger ledger = await RunningLedger.StartAsync(cluster, "Command Timeout=2");
        await ledger.AddUntilAcceptedAsync("a", 7, "before");
        await ledger.WaitUntilReadyAsync();
        Task heldUp = await RequireStandbyAsync(cluster);

        // When the wait is cancelled, the server stops waiting, commits, and only warns.
        for (int attempt = 0; attempt < 2; attempt++)
        {
            Outcome<Receipt> outcome = await ledger.AddAsync("a", 1, "lonely");
            Assert.True(outcome.IsRefused, "The write was acknowledged.");
            Assert.True(outcome.Refusal.Code is RefusalCode.OutcomeUnknown or RefusalCode.StorageUnavailable, $"{outcome.Refusal.Code}");
        }

        Assert.False(ledger.Partition.Health.IsReady);
        await SetStandbyAsync(cluster, "");
        await heldUp.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await ledger.AddUntilAcceptedAsync("a", 1, "lonely");
        await ledger.WaitUntilReadyAsync();
        Assert.Equal(1, (await ledger.CountKeysAsync())["lonely"]);
        await ledger.WaitForBalanceAsync("a", 8);
    }

    private static async Task SetStandbyAsync(PostgresCluster cluster, string names)
    {
        await PostgresCluster.ExecuteAsync(cluster.AdminConnectionString, $"ALTER SYSTEM SET synchronous_standby_names = '{names}'");
        await PostgresCluster.ExecuteAsync(cluster.AdminConnectionString, "SELECT pg_reload_conf()");
    }

    /// <summary>Makes commits wait for a standby that does not exist, and returns once a commit waits.</summary>
    /// <returns>That commit. It ends when a standby is no longer required.</returns>
    private static async Task<Task> RequireStandbyAsync(PostgresCluster cluster)
    {
        await SetStandbyAsync(cluster, "nobody");
        await using Sql sql = await Sql.OpenAsync(cluster.AdminConnectionString);
        Task commit = Task.CompletedTask;
        await Eventually.TrueAsync(async () =>
        {
            // The server needs a moment to read its settings. Until then commits end immediately.
            if (commit.IsCompleted)
            {
                await commit;
                commit = PostgresCluster.ExecuteAsync(cluster.AdminConnectionString + ";Command Timeout=0", "SELECT pg_logical_emit_message(true, 'probe', '')");
            }

            return await sql.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'") > 0;
        });
        return commit;
    }
}
