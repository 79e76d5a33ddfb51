using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>Kills and suspends servers, each at its own times, so that the interruptions overlap.</summary>
/// <param name="seed">The seed of its choices.</param>
/// <param name="held">The maximum time of a long suspension.</param>
internal sealed class ChaosMonkey(int seed, TimeSpan held)
{
    private int _kills;
    private int _shortStops;
    private int _longStops;

    /// <summary>Interrupts all servers until each has the given number of kills and one long suspension. In the end all of them serve.</summary>
    public Task RunAsync(IReadOnlyList<ServerNode> nodes, int killsEach) =>
        Task.WhenAll(nodes.Select((node, index) => RunAsync(node, killsEach, Seeded.Random(seed, -10 - index))));

    public override string ToString() => $"{_kills} kills, {_shortStops} short and {_longStops} long stops";

    private async Task RunAsync(ServerNode node, int killsMin, Random random)
    {
        int kills = 0;
        int longStops = 0;
        while (kills < killsMin || longStops == 0)
        {
            await PauseAsync(random, 1);
            switch (random.Next(4))
            {
                case 0:
                    kills += await KillAsync(node, random);
                    break;
                case 1:
                    longStops++;
                    Interlocked.Increment(ref _longStops);
                    await SuspendAsync(node, random, held, held * 0.4);
                    break;
                default:
                    Interlocked.Increment(ref _shortStops);
                    await SuspendAsync(node, random, TimeSpan.FromMilliseconds(200), TimeSpan.FromMilliseconds(1));
                    break;
            }
        }
    }

    /// <summary>Kills the server and starts it again. Kills or suspends some servers again while they start.</summary>
    /// <returns>The number of kills.</returns>
    private async Task<int> KillAsync(ServerNode node, Random random)
    {
        int kills = 1;
        await node.KillAsync();
        await PauseAsync(random, 0.3);
        node.Launch();
        switch (random.Next(3))
        {
            case 0:
                await PauseAsync(random, 1);
                await node.KillAsync();
                node.Launch();
                kills++;
                break;
            case 1:
                await PauseAsync(random, 0.6);
                Interlocked.Increment(ref _shortStops);
                await SuspendAsync(node, random, TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(1));
                break;
        }

        await node.WaitUntilListeningAsync();
        Interlocked.Add(ref _kills, kills);
        return kills;
    }

    private static async Task SuspendAsync(ServerNode node, Random random, TimeSpan longest, TimeSpan shortest)
    {
        node.Process.Suspend();
        await Eventually.AtRandomAsync(random, longest, shortest);
        node.Process.Resume();
    }

    private static Task PauseAsync(Random random, double secondsMax) =>
        Eventually.AtRandomAsync(random, TimeSpan.FromSeconds(secondsMax));
}
