using CsCheck;
using Pointbook.Engine.Answers;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;

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
        await CheckJournalAsync(node);
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

    /// <summary>The journal verifies, and its fold is what the projection holds.</summary>
    private static async Task CheckJournalAsync(Node node)
    {
        await node.VerifyAsync();
        await node.Partition.WaitUntilProjectedAsync(TestContext.Current.CancellationToken);
        SortedDictionary<AccountId, AccountState> folded = [];
        foreach (Entry entry in node.Store.Commits.SelectMany(commit => commit.Entries))
        {
            folded.TryAdd(entry.Account, new AccountState(entry.Account));
            folded[entry.Account].Apply(entry);
        }

        IReadOnlyList<AccountTables> projected = node.Projection.ReadTables().Accounts;
        Assert.Equal(folded.Keys, projected.Select(account => account.Snapshot.Account));
        foreach (AccountTables account in projected)
        {
            AccountSnapshot expected = folded[account.Snapshot.Account].ToSnapshot();
            Assert.Equal(expected.StandsAt, account.Snapshot.StandsAt);
            Assert.Equal(expected.Payers, account.Snapshot.Payers);
            Assert.Equal(expected.Lots, account.Snapshot.Lots);
        }
    }
}
