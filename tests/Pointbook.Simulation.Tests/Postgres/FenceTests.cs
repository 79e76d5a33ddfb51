using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>
/// Two servers on one database, each of which believes that it owns every partition. POINTBOOK_KILLS sets how often the test kills
/// one of them. POINTBOOK_SEED repeats the choices of a run.
/// </summary>
public sealed class FenceTests(SharedCluster shared)
{
    private const int Partitions = 3;
    private const int ColdAccounts = 9;
    private const int Tests = 2;
    private const int Servers = 2;
    private static readonly int KillsEach = Math.Max(1, (Seeded.Setting("POINTBOOK_KILLS") ?? 12) / (Tests * Servers));

    // The fence stops a server that is suspended for longer than this because it is late, even if no other server wrote.
    private static readonly TimeSpan SkewMax = TimeSpan.FromSeconds(1);

    [Fact]
    public Task Two_servers_that_are_killed_and_suspended_lose_double_and_overspend_no_point() => RunChaosAsync([]);

    [Fact]
    public async Task Two_servers_with_tiny_bounds_lose_double_and_overspend_no_point()
    {
        IReadOnlyDictionary<string, int> counts = await RunChaosAsync(
        [
            "--Partition:CacheBytesMax", "0", "--Partition:BatchSizeMax", "3", "--Partition:LagEntriesMax", "100",
            "--SnapshotWriter:RoundEntriesMax", "7", "--Partition:AttemptsMax", "2",
        ]);
        // So few clients overload only a server that was fenced off twice in a row.
        Assert.Contains("overloaded", counts);
    }

    private async Task<IReadOnlyDictionary<string, int>> RunChaosAsync(string[] options)
    {
        WriteLog log = new([WriteLog.ClassicAccount, "hot-1", "hot-2"], ColdAccounts) { HasErasable = true };
        ChaosMonkey chaos = new(Seeded.Seed, held: SkewMax * 2.5);
        await using Fleet fleet = await Fleet.CreateAsync(shared);
        try
        {
            for (int server = 0; server < Servers; server++)
            {
                // A fenced-off server is back at once, so that the servers collide as often as possible.
                fleet.Add(
                    ["--Storage:Partitions", $"{Partitions}", "--Clock:SkewMax", $"{SkewMax}", "--Partition:RetryDelayMax", "00:00:00.003",
                        "--SnapshotWriter:ErasureInterval", "00:00:01", .. options]);
            }

            await fleet.StartAllAsync();
            Load load = Load.StartLasting(fleet.Nodes, log, Seeded.Seed, Load.Clients, answersWanted: 200);
            await load.WaitUntilBusyAsync();
            await chaos.RunAsync(fleet.Nodes, KillsEach);
            await load.WaitForAnswersAsync(500);
            // One write in 300 is a flush. On a slow machine, no client may have sent one yet.
            await Eventually.TrueAsync(() => log.Writes.Any(write => write is { Kind: WriteKind.Flush, Recorded: not null } or { Kind: WriteKind.Flush, State: WriteState.Done }));
            await load.FinishAsync(isOver: true);
            await StopAndAuditAsync(fleet, log, chaos, load.Counts);
            return load.Counts;
        }
        catch (Exception failure)
        {
            throw new AuditException($"After {chaos} with POINTBOOK_SEED={Seeded.Seed}: {failure}\n{string.Join('\n', fleet.Nodes)}");
        }
    }

    private static async Task StopAndAuditAsync(Fleet fleet, WriteLog log, ChaosMonkey chaos, IReadOnlyDictionary<string, int> counts)
    {
        await fleet.WaitUntilReadyAsync();
        await Task.WhenAll(fleet.Nodes.Select(node => Load.RepeatUnansweredAsync(node.Process, log)));
        Assert.DoesNotContain(log.Writes, write => write is { Key: not null, IsOnce: false, State: WriteState.Unanswered });
        StoreAudit running = await AssertSameBalancesAsync(fleet);
        await Eventually.TrueAsync(() => Task.FromResult(running.AreErasuresFinished()), Deadline.Short, () => "All erasures are finished.");
        await fleet.StopAllAsync();

        StoreAudit audit = new(fleet.Databases);
        new Reconciliation(log).Check(audit.Operations);
        await audit.CheckDerivedAsync();
        audit.CheckErasures();
        AssertServersCompeted(audit, log, chaos, counts);
    }

    /// <summary>Checks that all servers return the balances that the audit computes from the journals.</summary>
    /// <returns>That audit.</returns>
    private static async Task<StoreAudit> AssertSameBalancesAsync(Fleet fleet)
    {
        StoreAudit before;
        StoreAudit after = new(fleet.Databases);
        List<(string Account, IEnumerable<KeyValuePair<string, long>> Balance)[]> balancesRead;
        do
        {
            // Servers may still carry out writes after their clients have given up. This ends, because no client sends anything.
            before = after;
            balancesRead = [];
            foreach (ServerNode node in fleet.Nodes)
            {
                balancesRead.Add(await Task.WhenAll(before.Accounts.Select(
                    async account => (account.Name, (IEnumerable<KeyValuePair<string, long>>)await node.Client.BalanceAsync(account.Name)))));
            }

            after = new StoreAudit(fleet.Databases);
        }
        while (before.Entries != after.Entries);
        Assert.All(balancesRead, balances => Assert.Equal(after.Accounts.Select(account => (account.Name, account.Balance)), balances));
        return after;
    }

    /// <summary>Checks that the servers collided, because a run without collisions proves nothing.</summary>
    private static void AssertServersCompeted(StoreAudit audit, WriteLog log, ChaosMonkey chaos, IReadOnlyDictionary<string, int> counts)
    {
        Dictionary<Operation, string> doneBy = log.Writes
            .Where(write => write is { Recorded: not null, DoneBy: not null })
            .ToDictionary(write => write.Recorded!, write => write.DoneBy!);
        int[] turns = [.. audit.Auditors.Select(auditor => CountWriterChanges(audit.Operations.Where(operation => operation.Partition == auditor.Partition), doneBy))];
        WriteLine($"seed {Seeded.Seed}, {chaos}, {audit.Entries} entries, {log.Writes.Count} writes, turns {string.Join(", ", turns)}");
        WriteLine(string.Join(", ", counts.OrderByDescending(count => count.Value).Select(count => $"{count.Key} {count.Value}")));
        Assert.All(turns, count => Assert.InRange(count, 10, int.MaxValue));
        Assert.Contains("timeout", counts);
        HashSet<string> kinds = [.. audit.Operations.Select(operation => operation.Header.Kind)];
        Assert.Superset(new HashSet<string> { "credit", "deduction", "spend", "flush", "erasure" }, kinds);
        Assert.Contains(log.Writes, write => write.State == WriteState.Refused);
    }

    /// <summary>How often an operation of one server follows an operation of the other server.</summary>
    private static int CountWriterChanges(IEnumerable<Operation> operations, Dictionary<Operation, string> doneBy)
    {
        string[] writers = [.. operations.Select(operation => doneBy.GetValueOrDefault(operation)).OfType<string>()];
        return writers.Zip(writers.Skip(1)).Count(pair => pair.First != pair.Second);
    }

    private static void WriteLine(string text) => TestContext.Current.TestOutputHelper?.WriteLine(text);
}
