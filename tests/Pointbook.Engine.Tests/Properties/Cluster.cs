using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Properties;

/// <summary>Several processes that share a journal and an account store. It carries out the steps of a run, and records all requests and answers.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly MemoryJournal _journal = new(TimeProvider.System) { IsShared = true };
    private readonly MemoryAccountStore _accountStore = new();
    private readonly List<Node> _nodes = [];
    private readonly List<Request> _requests = [];
    private readonly List<Task> _answers = [];
    private readonly List<TaskCompletionSource> _holds = [];
    private readonly List<TaskCompletionSource> _delayedAppends = [];
    private readonly Lock _lock = new();
    private long _acknowledged;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static async Task<Cluster> StartAsync(SharedRun run)
    {
        Cluster cluster = new();
        for (int node = 0; node < run.Nodes; node++)
        {
            cluster._nodes.Add(await Node.StartAsync(cluster._journal, cluster._accountStore, options: run.Options, snapshotWriterOptions: run.SnapshotWriterOptions));
        }

        return cluster;
    }

    public async Task DoAsync(Step step)
    {
        switch (step)
        {
            case SendTo send:
                _ = SendAsync(_nodes[send.Node], Request.WithReference(send.Command, _requests.Count));
                break;
            case AskFor ask:
                ReadBalance(_nodes[ask.Node], ask.Account);
                break;
            case Await:
                await AwaitAnswersAsync();
                break;
            case HoldLoads hold:
                Hold(_nodes[hold.Node].Gate, hold);
                break;
            case HoldRounds hold:
                Task released = hold.IsHeld ? NewHold() : Task.CompletedTask;
                _nodes[hold.Node].Gate.BeforeApply = _ => released;
                break;
            case FailAppend fail:
                _nodes[fail.Node].Journal.Script(FaultOf(fail.Fault));
                break;
            case CompleteDelayedAppends:
                ReleaseAppends();
                break;
            case EmptyAccountStore empty:
                await EmptyAsync(empty.CommitsStored);
                break;
        }
    }

    /// <summary>Releases everything that is held, and compares journal, account store and every answer with the model.</summary>
    public async Task CheckAsync()
    {
        await AwaitAnswersAsync();
        ReleaseAppends();
        foreach (Node node in _nodes)
        {
            // No process has this account in memory. The write shows each process whether the account store was emptied.
            AccountId unknown = AccountId.FromTrusted($"last{_requests.Count}");
            await Eventually.AnsweredAsync(() => SendAsync(node, Request.WithReference(Given.Add(1, account: unknown), _requests.Count)));
        }

        CommitLog log = new(_journal.Commits, _requests);
        foreach (Request request in _requests)
        {
            log.Check(request, _requests);
        }

        foreach (Node node in _nodes)
        {
            foreach (AccountId account in Run.Accounts)
            {
                await Eventually.AnsweredAsync(() => node.AskAsync(account));
                Assert.Equal(log.PointsOf(account), await node.PointsAsync(account));
            }

            await StoreVerification.CheckAsync(node);
        }
    }

    public async ValueTask DisposeAsync()
    {
        Release();
        foreach (Node node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    private async Task<Outcome<Receipt>> SendAsync(Node node, Command command)
    {
        Request request = new() { Command = command, Account = command.Account, From = new Sequence(Volatile.Read(ref _acknowledged)) };
        _requests.Add(request);
        Task<Outcome<Receipt>> answer = AnswerAsync();
        _answers.Add(answer);
        return await answer;

        async Task<Outcome<Receipt>> AnswerAsync()
        {
            request.Written = await node.DoAsync(command);
            request.Until = Head();
            if (request.Written.Value is { Operation.FirstEntries: [.., { } last] })
            {
                Acknowledge(last.Sequence.Value);
            }

            return request.Written;
        }
    }

    private void ReadBalance(Node node, AccountId account)
    {
        Request request = new() { Account = account, From = new Sequence(Volatile.Read(ref _acknowledged)) };
        _requests.Add(request);
        _answers.Add(AnswerAsync());

        async Task AnswerAsync()
        {
            request.Balance = await node.AskAsync(account);
            request.Until = Head();
        }
    }

    private void Acknowledge(long sequence)
    {
        lock (_lock)
        {
            _acknowledged = Math.Max(_acknowledged, sequence);
        }
    }

    private Sequence Head() => _journal.Commits is [.., { } last] ? last.Last : Sequence.Zero;

    private async Task AwaitAnswersAsync()
    {
        Release();
        await Task.WhenAll(_answers);
        _answers.Clear();
    }

    private void Hold(GatedAccountStore gate, HoldLoads hold)
    {
        (gate.BeforeLoad, gate.AfterLoad) = (null, null);
        if (hold.IsHeld)
        {
            Task released = NewHold();
            gate.BeforeLoad = hold.AfterReading ? null : () => released;
            gate.AfterLoad = hold.AfterReading ? () => released : null;
        }
    }

    private Task NewHold()
    {
        TaskCompletionSource hold = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _holds.Add(hold);
        return hold.Task;
    }

    private void Release()
    {
        _holds.ForEach(hold => hold.TrySetResult());
        _holds.Clear();
    }

    private void ReleaseAppends()
    {
        _delayedAppends.ForEach(append => append.TrySetResult());
        _delayedAppends.Clear();
    }

    private AppendFault FaultOf(string fault)
    {
        switch (fault)
        {
            case "unknown, written":
                return AppendFault.UnknownCommitted;
            case "unknown, not written":
                return AppendFault.UnknownNotCommitted;
            case "failed":
                return AppendFault.FailBefore;
            case "late":
                return AppendFault.Late;
            default:
                TaskCompletionSource through = new();
                _delayedAppends.Add(through);
                return AppendFault.UnknownUntil(through.Task);
        }
    }

    private async Task EmptyAsync(int commitsStored)
    {
        await _accountStore.ResetAsync(Token);
        foreach (Commit commit in _journal.Commits.Take(commitsStored))
        {
            await _accountStore.ApplyAsync(SnapshotRound.From([commit]), Token);
        }
    }
}
