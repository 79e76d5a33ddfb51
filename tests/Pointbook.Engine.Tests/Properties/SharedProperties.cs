using CsCheck;

namespace Pointbook.Engine.Tests.Properties;

/// <summary>Several processes on one journal and one account store.</summary>
public sealed class SharedProperties
{
    private const long Runs = 400;

    [Fact]
    public async Task Every_answer_reflects_what_any_process_that_shares_the_journal_acknowledged_before() =>
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
