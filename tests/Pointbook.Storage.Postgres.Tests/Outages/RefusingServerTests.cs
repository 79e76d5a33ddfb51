using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;

namespace Pointbook.Storage.Postgres.Tests.Outages;

/// <summary>The server runs but refuses connections or statements.</summary>
public sealed class RefusingServerTests(SharedCluster shared)
{
    [Fact]
    public async Task A_statement_that_takes_too_long_for_the_server_is_refused_and_nothing_is_written()
    {
        await using RunningLedger ledger = await RunningLedger.StartAsync(await shared.GetAsync(), "Options=-c statement_timeout=2000");
        await ledger.AddUntilAcceptedAsync("a", 7, "before");
        await using (NpgsqlConnection blocker = new(ledger.Database))
        {
            await blocker.OpenAsync(TestContext.Current.CancellationToken);
            await using NpgsqlTransaction transaction = await blocker.BeginTransactionAsync(TestContext.Current.CancellationToken);
            await using NpgsqlCommand take = new("LOCK TABLE journal_commit IN EXCLUSIVE MODE", blocker);
            await take.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
            Assert.Equal(RefusalCode.StorageUnavailable, (await ledger.AddAsync("a", 1, "late")).Refusal!.Code);
            Assert.False(ledger.Partition.Health.IsReady);
            await ledger.WaitForBalanceAsync("a", 7);
        }

        Assert.False((await ledger.AddUntilAcceptedAsync("a", 1, "late")).IsReplay);
        await ledger.WaitUntilReadyAsync();
        await ledger.WaitForBalanceAsync("a", 8);
    }

    [Fact]
    public async Task Writes_are_refused_while_the_server_has_no_free_connection()
    {
        await using PostgresCluster cluster = await PostgresCluster.CreateAsync([new("max_connections", "12"), new("superuser_reserved_connections", "3")]);
        await using RunningLedger ledger = await RunningLedger.StartAsync(cluster);
        await ledger.AddUntilAcceptedAsync("a", 7, "before");
        await ledger.WaitUntilReadyAsync();

        await using (IdleConnections idle = new(ledger.Database))
        {
            await idle.OpenAllAsync();
            Assert.Equal(RefusalCode.StorageUnavailable, (await ledger.BalanceAsync("a")).Refusal!.Code);
            Assert.True((await ledger.AddAsync("a", 1, "crowded")).IsRefused);
            Assert.False(ledger.Partition.Health.IsReady);
        }

        await ledger.AddUntilAcceptedAsync("a", 1, "crowded");
        await ledger.WaitUntilReadyAsync();
        await ledger.WaitForBalanceAsync("a", 8);
        Assert.Equal(1, (await ledger.CountKeysAsync())["crowded"]);
    }

    [Fact]
    public async Task With_a_full_disk_writes_are_refused_queries_work_and_nothing_is_lost()
    {
        PostgresCluster cluster = await shared.GetAsync();
        await using SmallDisk disk = await SmallDisk.CreateAsync(cluster, mebibytes: 48);
        await using RunningLedger ledger = await RunningLedger.StartAsync(cluster, database: await disk.CreateDatabaseAsync());
        await ledger.AddUntilAcceptedAsync("a", 7, "before");
        await ledger.WaitUntilReadyAsync();
        disk.Fill();

        int taken = 0;
        Outcome<Receipt> outcome;
        do
        {
            // The server still accepts what fits into the pages that it already has.
            outcome = await ledger.AddAsync("b", 1, new string((char)('a' + (taken % 26)), 200) + taken);
            taken += outcome.IsRefused ? 0 : 1;
        }
        while (!outcome.IsRefused && taken < 10_000);

        Assert.Equal(RefusalCode.StorageUnavailable, outcome.Refusal!.Code);
        Assert.False(ledger.Partition.Health.IsReady);
        await ledger.WaitForBalanceAsync("a", 7);
        disk.Clear();
        await ledger.AddUntilAcceptedAsync("b", 1, "after");
        await ledger.WaitUntilReadyAsync();
        await ledger.WaitForBalanceAsync("b", taken + 1);
        Assert.Equal(taken + 2, (await ledger.CountKeysAsync()).Count);
    }
}
