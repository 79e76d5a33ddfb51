using System.Globalization;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>After one server acknowledges a write, every later answer of another server includes it. POINTBOOK_SEED repeats the choices of a run.</summary>
public sealed class StaleReadTests(SharedCluster shared)
{
    private const int ScriptCount = 12;
    private const int StepsPerScript = 200;
    private const int Holds = 80;
    private const int BackgroundClients = 6;
    private static readonly string[] Reads = ["balance", "overspent", "overdrawn", "replayed", "mismatch", "spent"];

    [Fact]
    public Task One_server_sees_at_once_what_the_other_acknowledged() => RunUnderLoadAsync([], async (fleet, scripts, random) =>
    {
        await Task.WhenAll(scripts.Select(async script =>
        {
            Random choice = new(random.Next());
            for (int step = 0; step < StepsPerScript; step++)
            {
                (ServerNode writer, ServerNode asked) = Choose(fleet, choice);
                await script.WriteAsync(writer.Client);
                await script.ReadAsync(asked.Client);
            }
        }));
    });

    [Fact]
    public Task A_server_that_was_suspended_meanwhile_sees_it_too() => RunUnderLoadAsync(["--Clock:SkewMax", "00:00:00.3"], async (fleet, scripts, random) =>
    {
        for (int hold = 0; hold < Holds; hold++)
        {
            AccountScript script = scripts[random.Next(scripts.Count)];
            (ServerNode writer, ServerNode asked) = Choose(fleet, random);
            asked.Process.Suspend();
            try
            {
                await script.WriteAsync(writer.Client);
            }
            catch
            {
                asked.Process.Resume();
                throw;
            }

            // The client sends the request while the server is suspended, or afterwards.
            Task asking = random.Next(2) == 0 ? script.ReadAsync(asked.Client) : Task.CompletedTask;
            bool isLong = random.Next(10) == 0;
            await Eventually.AtRandomAsync(random, TimeSpan.FromMilliseconds(isLong ? 450 : 20), TimeSpan.FromMilliseconds(isLong ? 350 : 0));
            asked.Process.Resume();
            await asking;
            await script.ReadAsync(asked.Client);
        }
    });

    private static (ServerNode Writer, ServerNode ReadCounts) Choose(Fleet fleet, Random random)
    {
        int writer = random.Next(fleet.Nodes.Count);
        return (fleet.Nodes[writer], fleet.Nodes[(writer + 1) % fleet.Nodes.Count]);
    }

    private async Task RunUnderLoadAsync(string[] options, Func<Fleet, IReadOnlyList<AccountScript>, Random, Task> ask)
    {
        await using Fleet fleet = await Fleet.CreateAsync(shared);
        AccountScript[] scripts = [.. Enumerable.Range(0, ScriptCount).Select(NewScript)];
        try
        {
            fleet.Add(["--Storage:Partitions", "3", .. options]);
            fleet.Add(["--Storage:Partitions", "3", .. options]);
            await fleet.StartAllAsync();
            WriteLog log = new(["hot-1", "hot-2", "hot-3"], coldAccounts: 9);
            Load load = Load.StartLasting(fleet.Nodes, log, Seeded.Seed, BackgroundClients, answersWanted: 100);
            await load.WaitUntilBusyAsync();
            foreach (AccountScript script in scripts)
            {
                await script.WriteAsync(fleet.Nodes[0].Client);
            }

            await ask(fleet, scripts, Seeded.Random(Seeded.Seed, -3));
            await load.FinishAsync(isOver: true);
        }
        catch (Exception failure)
        {
            throw new AuditException($"With POINTBOOK_SEED={Seeded.Seed}: {failure}\n{string.Join('\n', fleet.Nodes)}");
        }

        int[] asked = [.. Reads.Select(question => scripts.Sum(script => script.ReadCounts.GetValueOrDefault(question)))];
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seeded.Seed}, {string.Join(", ", Reads.Zip(asked))}");
        Assert.DoesNotContain(0, asked);
    }

    private static AccountScript NewScript(int number) => new(
        number == 0 ? WriteLog.ClassicAccount : string.Create(CultureInfo.InvariantCulture, $"script:{number}"), Seeded.Random(Seeded.Seed, -100 - number));
}
