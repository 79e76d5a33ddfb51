using CsCheck;
using Pointbook.Engine.Answers;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;

namespace Pointbook.Engine.Tests.Properties;

public sealed class PartitionProperties
{
    private const long Runs = 400;

    [Fact]
    public async Task Whatever_happens_to_a_partition_its_answers_its_journal_and_its_projection_agree_with_the_model() =>
        await Run.Gen.SampleAsync(RunAsync, iter: Runs, threads: 2);

    private static async Task RunAsync(Run run)
    {
        Model model = new();
        List<(Command Command, Task<Outcome<Receipt>> Answer)> sent = [];
        TaskCompletionSource hold = new();
        Node node = await Node.StartAsync(options: run.Options, projectorOptions: run.ProjectorOptions);
        foreach (Step step in run.Steps)
        {
            switch (step)
            {
                case Send send:
                    sent.Add((send.Command, node.DoAsync(send.Command)));
                    break;
                case HoldProjector { IsHeld: true } when node.Projection.BeforeApply is null:
                    hold = new TaskCompletionSource();
                    node.Projection.BeforeApply = () => hold.Task;
                    break;
                case HoldProjector { IsHeld: false }:
                    Release();
                    break;
                case Unsure unsure:
                    node.Journal.Script(unsure.Fault);
                    break;
                case Await:
                    await CheckAnswersAsync(model, sent);
                    break;
                case Restart restart:
                    await CheckAnswersAsync(model, sent);
                    Release();
                    node = await RestartAsync(node, run, restart);
                    break;
            }
        }

        await CheckAnswersAsync(model, sent);
        Release();
        await model.CheckBalancesAsync(node.Partition);
        await Folded.CheckAsync(node);
        await node.Partition.StopAsync(TestContext.Current.CancellationToken);
        await node.DisposeAsync();

        void Release()
        {
            node.Projection.BeforeApply = null;
            hold.TrySetResult();
        }
    }

    private static async Task CheckAnswersAsync(Model model, List<(Command Command, Task<Outcome<Receipt>> Answer)> sent)
    {
        foreach ((Command command, Task<Outcome<Receipt>> answer) in sent)
        {
            model.Check(command, await answer);
        }

        sent.Clear();
    }

    private static async Task<Node> RestartAsync(Node node, Run run, Restart restart)
    {
        if (restart.InOrder)
        {
            await node.Partition.StopAsync(TestContext.Current.CancellationToken);
        }

        await node.DisposeAsync();
        return await Node.StartAsync(
            node.Store, restart.KeepsProjection ? node.Projection : null, options: run.Options, projectorOptions: run.ProjectorOptions);
    }
}
