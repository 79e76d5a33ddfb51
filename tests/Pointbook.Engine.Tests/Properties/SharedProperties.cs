using CsCheck;

namespace Pointbook.Engine.Tests.Properties;

/// <summary>Several processes on one journal and one account store.</summary>
public sealed class SharedProperties
{
    private const long Runs = 400;

    [Fact]
    public async Task Whatever_happens_to_processes_that_share_a_journal_every_answer_reflects_what_any_of_them_acknowledged_before() =>
        await SharedRun.Gen.SampleAsync(RunAsync, iter: Runs, threads: 2);

    private static async Task RunAsync(SharedRun run)
    {
        await using Cluster cluster = await Cluster.StartAsync(run);
        foreach (Step step in run.Steps)
        {
            await cluster.DoAsync(step);
        }

        await cluster.CheckAsync();
    }
}
