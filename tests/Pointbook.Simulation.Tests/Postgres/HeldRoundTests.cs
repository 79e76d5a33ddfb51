using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>A server that the test suspends while it holds a lock in the database.</summary>
public sealed class HeldRoundTests(SharedCluster shared)
{
    // A backend that waits for a lock may wait for the suspended server, so it is not counted.
    private const string ActiveSql =
        """
        SELECT count(*)
        FROM pg_stat_activity
        WHERE datname = current_database() AND state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()
            AND wait_event_type IS DISTINCT FROM 'Lock'
        """;

    private const string LocksHeldSql =
        """
        SELECT count(*)
        FROM pg_stat_activity JOIN pg_locks USING (pid)
        WHERE datname = current_database() AND state = 'idle in transaction'
        AND relation = 'account_store_position'::regclass AND granted
        """;

    [Fact]
    public async Task A_server_suspended_in_the_middle_of_a_round_does_not_stop_others_from_writing()
    {
        await using Fleet fleet = await Fleet.CreateAsync(shared);
        PostgresDatabase database = new(fleet.Databases[0]);
        ServerNode held = fleet.Add("--Storage:Partitions", "1", "--SnapshotWriter:RoundDelay", "00:00:00");
        ServerNode other = fleet.Add("--Storage:Partitions", "1", "--SnapshotWriter:RoundDelay", "00:00:00");
        await fleet.StartAllAsync();
        WriteLog log = new();
        Load load = Load.StartLasting([held], log, Seeded.Seed, clients: 4, answersWanted: 50);
        await load.WaitUntilBusyAsync();
        await SuspendDuringRoundAsync(held, database);
        try
        {
            for (int number = 0; number < 20; number++)
            {
                Assert.True((await other.Client.AddAsync("other", "DANNON", 1, "2020-10-31T10:00:00Z")).IsDone);
            }

            await WaitUntilStoredAsync(database, other);
        }
        finally
        {
            held.Process.Resume();
        }

        await load.FinishAsync(isOver: true);
        await fleet.WaitUntilReadyAsync();
        await fleet.StopAllAsync();
        await new StoreAudit(fleet.Databases).CheckDerivedAsync();
    }

    private static Task SuspendDuringRoundAsync(ServerNode node, PostgresDatabase database) => Eventually.TrueAsync(
        async () =>
        {
            node.Process.Suspend();
            // The database finishes the statements that it is running.
            await Eventually.TrueAsync(() => database.Read(ActiveSql, row => row.GetInt64(0)).Single() == 0);
            bool hasLock = database.Read(LocksHeldSql, row => row.GetInt64(0)).Single() > 0;
            if (!hasLock)
            {
                node.Process.Resume();
            }

            return hasLock;
        },
        Deadline.Short,
        () => $"The test never suspended the server in the middle of a round.\n{node}");

    private static Task WaitUntilStoredAsync(PostgresDatabase database, ServerNode node)
    {
        long head = database.Read("SELECT max(last_sequence) FROM journal_commit", row => row.GetInt64(0)).Single();
        return Eventually.TrueAsync(
            () => Task.FromResult(database.Read("SELECT last_sequence FROM account_store_position", row => row.GetInt64(0)).Single() >= head),
            TimeSpan.FromSeconds(30),
            () => $"The other server does not write.\n{node}");
    }
}
