using Npgsql;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>Servers that start while others run on the same store.</summary>
public sealed class StartTests(SharedCluster shared)
{
    private const string Timestamp = "2020-10-31T10:00:00Z";

    [Fact]
    public async Task Servers_that_start_at_once_on_an_empty_database_create_and_share_one_store()
    {
        const int Servers = 4;
        await using Fleet fleet = await Fleet.CreateAsync(shared);
        for (int server = 0; server < Servers; server++)
        {
            fleet.Add("--Storage:Partitions", "3");
        }

        await fleet.StartAllAsync();
        await fleet.WaitUntilReadyAsync();

        Assert.Equal([3], new PostgresDatabase(fleet.Databases[0]).Read("SELECT partition_count FROM store", row => row.GetInt32(0)));
        foreach (ServerNode node in fleet.Nodes)
        {
            Assert.True((await node.Client.AddAsync("together", node.Name, 100, Timestamp)).IsDone);
        }

        foreach (ServerNode node in fleet.Nodes)
        {
            Assert.Equal(fleet.Nodes.Select(writer => KeyValuePair.Create(writer.Name, 100L)), await node.Client.BalanceAsync("together"));
        }

        await fleet.StopAllAsync();
        StoreAudit audit = new(fleet.Databases);
        Assert.Equal(Servers, audit.Entries);
        await audit.CheckDerivedAsync();
    }

    [Fact]
    public Task A_server_that_starts_while_another_one_writes_catches_up_and_serves() =>
        StartDuringWritesAsync(["--SnapshotWriter:RoundEntriesMax", "5"], _ => Task.CompletedTask);

    [Fact]
    public Task A_server_that_rebuilds_the_account_store_while_another_one_writes_serves_afterwards() =>
        StartDuringWritesAsync(
            ["--SnapshotWriter:RoundEntriesMax", "50"],
            database => PostgresCluster.ExecuteAsync(database, "UPDATE account_store_position SET target_seal = sha256('something else')"));

    [Fact]
    public Task A_server_rebuilds_a_deleted_account_store_while_another_one_writes() =>
        StartDuringWritesAsync(
            ["--SnapshotWriter:RoundEntriesMax", "50"],
            DeleteAccountStoreAsync);

    private static async Task DeleteAccountStoreAsync(string database)
    {
        const int TriesMax = 10;
        for (int tries = 1; ; tries++)
        {
            try
            {
                await PostgresCluster.ExecuteAsync(
                    database,
                    """
                    TRUNCATE account, account_chunk, account_bucket, operation, account_store_position
                    """);
                return;
            }
            catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.DeadlockDetected && tries < TriesMax)
            {
                // TRUNCATE locks the tables in another order than the server that writes them. PostgreSQL cancels one of the two, which then retries.
            }
        }
    }

    /// <summary>Lets one server write, changes the account store, and starts another server that writes as well.</summary>
    private async Task StartDuringWritesAsync(string[] options, Func<string, Task> meanwhile)
    {
        await using Fleet fleet = await Fleet.CreateAsync(shared);
        WriteLog log = new();
        try
        {
            ServerNode first = fleet.Add("--Storage:Partitions", "3");
            await first.StartAsync();
            Load load = Load.StartLasting([first], log, Seeded.Seed, clients: 12, answersWanted: 600);
            await load.WaitUntilBusyAsync();
            await meanwhile(fleet.Databases[0]);
            ServerNode second = fleet.Add(options);
            await second.StartAsync();
            Load more = Load.StartLasting([first, second], log, unchecked(Seeded.Seed + 1), clients: 12, answersWanted: 600);
            await more.WaitUntilBusyAsync();
            await Task.WhenAll(load.FinishAsync(isOver: true), more.FinishAsync(isOver: true));
            await fleet.WaitUntilReadyAsync();
            await Load.RepeatUnansweredAsync(second.Process, log);
            await fleet.StopAllAsync();
            StoreAudit audit = new(fleet.Databases);
            new Reconciliation(log).Check(audit.Operations);
            await audit.CheckDerivedAsync();
            Assert.All(fleet.Nodes, node => Assert.Contains(log.Writes, write => write.DoneBy == node.Name));
        }
        catch (Exception failure)
        {
            throw new AuditException($"With POINTBOOK_SEED={Seeded.Seed}: {failure}\n{string.Join('\n', fleet.Nodes)}");
        }
    }
}
