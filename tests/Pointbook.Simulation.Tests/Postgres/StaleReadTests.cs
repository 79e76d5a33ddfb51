using System.Globalization;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Audit;
using Pointbook.Simulation.Tests.Support;
using Pointbook.Simulation.Tests.Traffic;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>After one server acknowledges a write, every later answer of another server includes it. POINTBOOK_SEED repeats the choices of a run.</summary>
public sealed class StaleReadTests(SharedCluster shared)
{
    private const int Lanes = 12;
    private const int StepsPerLane = 200;
    private const int Holds = 80;
    private const int BackgroundClients = 6;
    private static readonly string[] Questions = ["balance", "overspent", "overdrawn", "replayed", "mismatch", "spent"];

    [Fact]
    public Task What_one_server_acknowledged_the_other_one_knows_at_once() => UnderLoadAsync([], async (fleet, lanes, random) =>
    {
        await Task.WhenAll(lanes.Select(async lane =>
        {
            Random choice = new(random.Next());
            for (int step = 0; step < StepsPerLane; step++)
            {
                (ServerNode writer, ServerNode asked) = Choose(fleet, choice);
                await lane.WriteAsync(writer.Client);
                await lane.AskAsync(asked.Client);
            }
        }));
    });

    [Fact]
    public Task A_server_that_was_held_up_meanwhile_knows_it_too() => UnderLoadAsync(["--Clock:SkewMax", "00:00:00.3"], async (fleet, lanes, random) =>
    {
        for (int hold = 0; hold < Holds; hold++)
        {
            Lane lane = lanes[random.Next(lanes.Count)];
            (ServerNode writer, ServerNode asked) = Choose(fleet, random);
            asked.Process.Suspend();
            try
            {
                await lane.WriteAsync(writer.Client);
            }
            catch
            {
                asked.Process.Resume();
                throw;
            }

            // The client sends the request while the server is suspended, or afterwards.
            Task asking = random.Next(2) == 0 ? lane.AskAsync(asked.Client) : Task.CompletedTask;
            bool isLong = random.Next(10) == 0;
            await Eventually.AtRandomAsync(random, TimeSpan.FromMilliseconds(isLong ? 450 : 20), TimeSpan.FromMilliseconds(isLong ? 350 : 0));
            asked.Process.Resume();
            await asking;
            await lane.AskAsync(asked.Client);
        }
    });

    private static (ServerNode Writer, ServerNode Asked) Choose(Fleet fleet, Random random)
    {
        int writer = random.Next(fleet.Nodes.Count);
        return (fleet.Nodes[writer], fleet.Nodes[(writer + 1) % fleet.Nodes.Count]);
    }

    private async Task UnderLoadAsync(string[] options, Func<Fleet, IReadOnlyList<Lane>, Random, Task> ask)
    {
        await using Fleet fleet = await Fleet.CreateAsync(shared);
        Lane[] lanes = [.. Enumerable.Range(0, Lanes).Select(NewLane)];
        try
        {
            fleet.Add(["--Storage:Partitions", "3", .. options]);
            fleet.Add(["--Storage:Partitions", "3", .. options]);
            await fleet.StartAllAsync();
            WriteLog log = new(["hot-1", "hot-2", "hot-3"], coldAccounts: 9);
            Load load = Load.StartLasting(fleet.Nodes, log, Seeded.Seed, BackgroundClients, answersWanted: 100);
            await load.WaitUntilBusyAsync();
            foreach (Lane lane in lanes)
            {
                await lane.WriteAsync(fleet.Nodes[0].Client);
            }

            await ask(fleet, lanes, Seeded.Random(Seeded.Seed, -3));
            await load.FinishAsync(isOver: true);
        }
        catch (Exception failure)
        {
            throw new AuditException($"With POINTBOOK_SEED={Seeded.Seed}: {failure}\n{string.Join('\n', fleet.Nodes)}");
        }

        int[] asked = [.. Questions.Select(question => lanes.Sum(lane => lane.Asked.GetValueOrDefault(question)))];
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seeded.Seed}, {string.Join(", ", Questions.Zip(asked))}");
        Assert.DoesNotContain(0, asked);
    }

    private static Lane NewLane(int number) => new(
        number == 0 ? WriteLog.ClassicAccount : string.Create(CultureInfo.InvariantCulture, $"lane:{number}"), Seeded.Random(Seeded.Seed, -100 - number));
}
