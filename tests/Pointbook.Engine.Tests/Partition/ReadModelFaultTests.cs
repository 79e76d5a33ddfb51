using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>Faults of the read model do not affect commands, balances, histories or starts. Only lists of payers are refused until the read model works again.</summary>
public sealed class ReadModelFaultTests
{
    private const int ReadModelFailed = 1040;
    private const int ReadModelMismatch = 1042;
    private const int ReadModelStopped = 1046;

    private static readonly DateOnly Day = new(2020, 1, 1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_read_model_that_always_fails_stops_no_write_and_keeps_no_more_commits_than_its_bound()
    {
        RecordingLogger log = new();
        await using Node node = Node.Build(logger: log, readModelOptions: Options(pending: 20));
        node.ReadModel.Before = () => throw new StorageFailureException("Scripted.");
        await node.StartAsync();
        for (int write = 0; write < 300; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        Assert.Equal(300, await node.PointsAsync(Given.Carol));
        Assert.Equal(10, (await node.Queries.ReadHistoryAsync(new HistoryQuery(Given.Carol, 10), Token)).Value!.Operations.Count);
        Assert.Single((await node.Queries.ListAccountsAsync("", null, 10, Token)).Value!.Accounts);
        Assert.InRange(node.Partition.ReadModelPending, 0, 20);
        await Eventually.TrueAsync(() => node.Partition.Health.ReadModel == ReadModelCondition.Failing);
        Assert.True(node.Partition.Health.IsReady);
        await AssertRefusedAsync(node);
        Assert.Single(log.MessagesOf(ReadModelFailed));

        node.ReadModel.Before = null;
        await Eventually.TrueAsync(async () => await PointsAsync(node) == 300);
        Assert.Equal(ReadModelCondition.Serving, node.Partition.Health.ReadModel);
    }

    [Fact]
    public async Task Rounds_that_never_end_do_not_delay_writes_or_a_stop_for_long()
    {
        await using Node node = await Node.StartAsync(readModelOptions: Options(pending: 20));
        await node.Partition.WaitUntilReadModelAsync(Token);
        node.ReadModel.BeforeApply = (_, _) => new TaskCompletionSource().Task;
        for (int write = 0; write < 300; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        Assert.InRange(node.Partition.ReadModelPending, 0, 20);
        await node.Partition.StopAsync(Token).WaitAsync(TimeSpan.FromSeconds(20), Token);
        Assert.Equal(300, node.AccountStore.ReadTables().Accounts[0].Snapshot.Payers[0].Balance.Value);
    }

    [Fact]
    public async Task A_start_does_not_wait_for_the_read_model()
    {
        MemoryJournal store = new(TimeProvider.System);
        MemoryAccountStore accountStore = new();
        await using (Node first = await Node.StartAsync(store, accountStore))
        {
            (await first.DoAsync(Given.Add(5))).Accepted();
            await first.Partition.WaitUntilStoredAsync(Token);
        }

        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using Node node = Node.Build(store, accountStore);
        node.ReadModel.Before = () => held.Task;
        await node.StartAsync();
        (await node.DoAsync(Given.Spend(2))).Accepted();
        Assert.Equal(3, await node.PointsAsync(Given.Carol));
        node.ReadModel.Before = null;
        held.SetResult();
        await Eventually.TrueAsync(async () => await PointsAsync(node) == 3);
    }

    [Fact]
    public async Task A_bug_in_the_read_model_is_logged_and_stops_nothing_else()
    {
        RecordingLogger log = new();
        await using Node node = Node.Build(logger: log);
        node.ReadModel.Before = () => throw new InvalidOperationException("Scripted bug.");
        await node.StartAsync();
        (await node.DoAsync(Given.Add(5))).Accepted();
        await Eventually.TrueAsync(() => log.MessagesOf(ReadModelStopped).Count == 1);
        (await node.DoAsync(Given.Spend(2))).Accepted();
        Assert.Equal((true, ReadModelCondition.Failing), (node.Partition.Health.IsReady, node.Partition.Health.ReadModel));
        await AssertRefusedAsync(node);
        await Assert.ThrowsAsync<ReadModelBehindException>(() => node.Partition.WaitUntilReadModelAsync(Token));
        await node.Partition.StopAsync(Token);
    }

    [Fact]
    public async Task A_failure_releases_waiting_callers()
    {
        await using Node node = await Node.StartAsync();
        await node.Partition.WaitUntilReadModelAsync(Token);
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeApply = (_, _) => held.Task;
        (await node.DoAsync(Given.Add(5))).Accepted();
        Task<Outcome<PayerPage>> waiting = node.Queries.ListPayersAsync(null, null, 10, Token).AsTask();
        node.ReadModel.Before = () => throw new StorageFailureException("Scripted.");
        held.SetException(new StorageFailureException("Scripted."));
        Assert.Equal(RefusalCode.CatchingUp, (await waiting).Refusal?.Code);
    }

    [Fact]
    public async Task A_read_model_of_another_journal_is_never_used_and_is_rebuilt()
    {
        RecordingLogger log = new();
        MemoryReadModel readModel = new();
        await using (Node other = await Node.StartAsync(readModel: readModel))
        {
            (await other.DoAsync(Given.Add(70))).Accepted();
            (await other.DoAsync(Given.Add(7))).Accepted();
            await other.Partition.WaitUntilReadModelAsync(Token);
        }

        await using Node node = await Node.StartAsync(readModel: readModel, logger: log);
        (await node.DoAsync(Given.Add(1))).Accepted();
        (await node.DoAsync(Given.Add(1))).Accepted();
        Assert.Equal(2, await PointsAsync(node));
        Assert.Single(log.MessagesOf(ReadModelMismatch));
    }

    [Fact]
    public async Task An_interrupted_build_continues_where_it_stopped()
    {
        MemoryJournal store = new(TimeProvider.System);
        MemoryReadModel readModel = new();
        await using (Node first = await Node.StartAsync(store, readModel: new MemoryReadModel()))
        {
            for (int write = 0; write < 100; write++)
            {
                (await first.DoAsync(Given.Add(1))).Accepted();
            }
        }

        int rounds = 0;
        await using (Node second = Node.Build(store, readModel: readModel, readModelOptions: Options(round: 10)))
        {
            second.ReadModel.BeforeApply = (_, _) => rounds++ < 4 ? Task.CompletedTask : new TaskCompletionSource().Task;
            await second.StartAsync();
            await Eventually.TrueAsync(() => rounds == 5);
        }

        ReadModelGeneration broken = (await readModel.ReadStateAsync(Token)).Building!;
        Assert.Equal(40, broken.Position.Last.Value);
        List<long> begun = [];
        await using Node third = Node.Build(store, readModel: readModel, readModelOptions: Options(round: 10));
        third.ReadModel.BeforeApply = (generation, round) =>
        {
            begun.Add(round.After.Last.Value);
            Assert.Equal(broken.Number, generation.Number);
            return Task.CompletedTask;
        };
        await third.StartAsync();
        Assert.Equal(100, await PointsAsync(third));
        Assert.Equal(40, begun[0]);
    }

    [Fact]
    public async Task Two_processes_that_build_at_once_end_with_one_correct_generation()
    {
        MemoryJournal store = new(TimeProvider.System) { IsShared = true };
        MemoryAccountStore accountStore = new();
        await using (Node first = await Node.StartAsync(store, accountStore))
        {
            for (int write = 0; write < 200; write++)
            {
                (await first.DoAsync(Given.Add(1))).Accepted();
            }
        }

        MemoryReadModel readModel = new();
        await using Node one = Node.Build(store, accountStore, readModel: readModel, readModelOptions: Options(round: 5));
        await using Node two = Node.Build(store, accountStore, readModel: readModel, readModelOptions: Options(round: 7));
        await Task.WhenAll(one.StartAsync(), two.StartAsync());
        for (int write = 0; write < 20; write++)
        {
            (await (write % 2 == 0 ? one : two).DoAsync(Given.Add(1))).Accepted();
        }

        Assert.Equal((220, 220), (await PointsAsync(one), await PointsAsync(two)));
        ReadModelState state = await readModel.ReadStateAsync(Token);
        Assert.Equal((1L, null, null), (state.Serving?.Number, state.Serving?.Damage, state.Building));
    }

    [Fact]
    public async Task A_damage_mark_by_another_process_causes_a_rebuild_of_the_read_model()
    {
        MemoryReadModel readModel = new();
        MemoryJournal store = new(TimeProvider.System) { IsShared = true };
        await using Node node = await Node.StartAsync(store, readModel: readModel, readModelOptions: Options(look: TimeSpan.FromMilliseconds(100)));
        (await node.DoAsync(Given.Add(5))).Accepted();
        Assert.Equal(5, await PointsAsync(node));
        await readModel.MarkDamagedAsync((await readModel.ReadStateAsync(Token)).Serving!, "rebuild wanted", Token);
        await Eventually.TrueAsync(async () => (await readModel.ReadStateAsync(Token)).Serving is { Number: 2, Damage: null });
        Assert.Equal(5, await PointsAsync(node));
    }

    [Fact]
    public async Task Rounds_beyond_the_memory_bound_are_read_from_the_journal()
    {
        MemoryReadModel readModel = new();
        await using Node node = await Node.StartAsync(readModel: readModel, readModelOptions: Options(pending: 3, round: 4));
        await node.Partition.WaitUntilReadModelAsync(Token);
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeApply = (_, _) => held.Task;
        for (int write = 0; write < 50; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        held.SetResult();
        Assert.Equal(50, await PointsAsync(node));
        List<Commit> commits = [.. node.Store.Commits];
        Assert.Equal(new ReadModelPosition(commits[^1].Last, commits[^1].Seal), (await readModel.ReadStateAsync(Token)).Serving!.Position);
    }

    private static ReadModelOptions Options(int pending = 200_000, int round = 200_000, TimeSpan? look = null)
    {
        ReadModelOptions options = Node.ReadModelOptions;
        options.PendingEntriesMax = pending;
        options.RoundEntriesMax = round;
        options.LookInterval = look ?? options.LookInterval;
        return options;
    }

    private static async Task<long> PointsAsync(Node node)
    {
        Outcome<PayerPage> payers = await node.Queries.ListPayersAsync(null, null, 10, Token);
        return payers.Refusal is null ? payers.Value!.Payers.Sum(payer => (long)payer.Points) : -1;
    }

    private static async Task AssertRefusedAsync(Node node)
    {
        Assert.Equal(RefusalCode.CatchingUp, (await node.Queries.ListPayersAsync(null, null, 10, Token)).Refusal?.Code);
        Assert.Equal(RefusalCode.CatchingUp, (await node.Queries.ReadStatementAsync(Given.Dannon, Day, Day.AddDays(1), Token)).Refusal?.Code);
    }
}
