using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>A process is idle or stopped for a while. Meanwhile another process writes more entries than the tail of the first may keep.</summary>
public sealed class FollowingTests : IAsyncDisposable
{
    private const int LagMax = 10;
    private const int HeadKnownAgain = 1007;

    private readonly MemoryJournal _journal = new(TimeProvider.System) { IsShared = true };
    private readonly MemoryAccountStore _accountStore = new();
    private readonly List<Node> _nodes = [];

    [Fact]
    public async Task A_process_that_lags_continues_from_the_position_of_the_account_store()
    {
        RecordingLogger logger = new();
        Node idle = await StartAsync(logger: logger);
        Node busy = await StartAsync();
        (await idle.DoAsync(Given.Add(5, account: Given.Dave))).Accepted();
        await AddAsync(busy, 100);
        idle.Journal.CommitsRead = 0;

        Assert.Equal(100, await idle.PointsAsync(Given.Carol));
        Assert.Equal(5, await idle.PointsAsync(Given.Dave));
        Assert.InRange(idle.Journal.CommitsRead, 0, LagMax);
        Assert.Single(logger.MessagesOf(1016));

        // The next commit of the idle process follows the last commit of the journal, also in its time.
        (await idle.DoAsync(Given.Spend(40))).Accepted();
        Assert.Equal(60, await busy.PointsAsync(Given.Carol));
        await idle.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        await idle.VerifyAsync();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public async Task A_process_that_lags_reads_the_entries_after_the_account_store(int notStored)
    {
        Node idle = await StartAsync();
        Node busy = await StartAsync();
        await AddAsync(busy, 50);
        TaskCompletionSource hold = new();
        busy.Gate.BeforeApply = _ => hold.Task;
        for (int turn = 0; turn < notStored; turn++)
        {
            (await busy.DoAsync(Given.Add(1).With($"k{turn}"))).Accepted();
            Assert.True((await idle.DoAsync(Given.Add(1).With($"k{turn}"))).Accepted().IsReplay);
        }

        Assert.Equal(50 + notStored, await idle.PointsAsync(Given.Carol));
        hold.SetResult();
    }

    [Fact]
    public async Task A_load_that_began_before_the_catch_up_is_repeated()
    {
        Node idle = await StartAsync();
        Node busy = await StartAsync();
        TaskCompletionSource hold = new();
        TaskCompletionSource reached = new();
        idle.Gate.AfterLoad = () =>
        {
            idle.Gate.AfterLoad = null;
            reached.SetResult();
            return hold.Task;
        };
        Task<Outcome<AccountBalance>> early = idle.AskAsync(Given.Carol);
        Task<Outcome<Receipt>> keyed = idle.DoAsync(Given.Add(1).With("k7"));
        await reached.Task;
        await AddAsync(busy, 100, keys: true);

        // This query makes the idle process skip ahead. The load still waits, and has read rows of an empty account.
        Assert.Equal(0, await idle.PointsAsync(Given.Dave));
        hold.SetResult();
        Assert.Equal(100, (await early).Value?.Points.Value);
        Assert.True((await keyed).Accepted().IsReplay);
        Assert.Equal(100, await busy.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_failed_load_that_began_before_the_catch_up_is_repeated_too()
    {
        Node idle = await StartAsync();
        Node busy = await StartAsync();
        TaskCompletionSource hold = new();
        TaskCompletionSource reached = new();
        idle.Gate.AfterLoad = () =>
        {
            idle.Gate.AfterLoad = null;
            reached.SetResult();
            return hold.Task;
        };
        Task<Outcome<AccountBalance>> early = idle.AskAsync(Given.Carol);
        await reached.Task;
        await AddAsync(busy, 100);
        Assert.Equal(0, await idle.PointsAsync(Given.Dave));
        hold.SetException(new StorageFailureException("Scripted."));
        Assert.Equal(100, (await early).Value?.Points.Value);
    }

    [Fact]
    public async Task If_the_account_store_lags_too_it_is_updated_during_the_catch_up()
    {
        Node behind = await StartAsync();
        Node busy = await StartAsync(lagMax: 1_000_000);
        busy.Gate.BeforeApply = _ => throw new StorageFailureException("Scripted.");
        for (int turn = 0; turn < 200; turn++)
        {
            (await busy.DoAsync(Given.Add(1))).Accepted();
        }

        int longest = 0;
        behind.Gate.BeforeApply = round =>
        {
            longest = Math.Max(longest, round.Accounts.Sum(account => account.Entries.Count));
            return Task.CompletedTask;
        };
        Assert.Equal(200, await behind.PointsAsync(Given.Carol));
        Assert.InRange(longest, 1, LagMax + 1);
        Assert.InRange(_accountStore.ReadTables().Position.Last.Value, 200 - LagMax, 200);
    }

    [Fact]
    public async Task If_the_account_store_is_stuck_commands_are_refused_until_it_moves()
    {
        Node behind = await StartAsync(lagWait: TimeSpan.FromMilliseconds(20));
        Node busy = await StartAsync(lagMax: 1_000_000);
        TaskCompletionSource hold = new();
        busy.Gate.BeforeApply = _ => hold.Task;
        behind.Gate.BeforeApply = _ => hold.Task;
        for (int turn = 0; turn < 50; turn++)
        {
            (await busy.DoAsync(Given.Add(1).With($"k{turn}"))).Accepted();
        }

        Assert.Equal(RefusalCode.CatchingUp, (await behind.AskAsync(Given.Carol)).Refusal?.Code);
        Assert.Equal(RefusalCode.CatchingUp, (await behind.DoAsync(Given.Add(1).With("k49"))).Code());
        Assert.Equal(50, await busy.PointsAsync(Given.Carol));

        hold.SetResult();
        await Eventually.AnsweredAsync(() => behind.AskAsync(Given.Carol));
        Assert.True((await behind.DoAsync(Given.Add(1).With("k49"))).Accepted().IsReplay);
        Assert.Equal(50, await behind.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task An_unknown_head_stays_unknown_until_the_end_of_the_journal_is_reached()
    {
        RecordingLogger logger = new();
        Node behind = await StartAsync(lagWait: TimeSpan.FromMilliseconds(20), logger: logger);
        Node busy = await StartAsync(lagMax: 1_000_000);
        TaskCompletionSource hold = new();
        busy.Gate.BeforeApply = _ => hold.Task;
        behind.Gate.BeforeApply = _ => hold.Task;
        for (int turn = 0; turn < 50; turn++)
        {
            (await busy.DoAsync(Given.Add(1))).Accepted();
        }

        behind.Journal.ReadsToFail = 1;
        Assert.Equal(RefusalCode.StorageUnavailable, (await behind.AskAsync(Given.Carol)).Refusal?.Code);
        Assert.False(behind.Partition.Health.CanAppend);
        Assert.Equal(RefusalCode.CatchingUp, (await behind.AskAsync(Given.Carol)).Refusal?.Code);
        Assert.False(behind.Partition.Health.CanAppend);
        Assert.Empty(behind.Journal.Confirmed);
        Assert.Empty(logger.MessagesOf(HeadKnownAgain));

        hold.SetResult();
        await Eventually.AnsweredAsync(() => behind.AskAsync(Given.Carol));
        Assert.True(behind.Partition.Health.CanAppend);
        Assert.Equal([new Sequence(50)], behind.Journal.Confirmed);
        Assert.Single(logger.MessagesOf(HeadKnownAgain));
    }

    [Fact]
    public async Task A_late_round_of_this_process_does_not_move_it_back()
    {
        Node idle = await StartAsync();
        Node busy = await StartAsync();
        TaskCompletionSource hold = new();
        idle.Gate.BeforeApply = _ => hold.Task;
        (await idle.DoAsync(Given.Add(1))).Accepted();
        await AddAsync(busy, 100);
        Assert.Equal(101, await idle.PointsAsync(Given.Carol));
        await idle.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);

        hold.SetResult();
        (await idle.DoAsync(Given.Spend(1))).Accepted();
        await idle.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        Assert.Equal(100, await idle.PointsAsync(Given.Carol));
        Assert.True(idle.Partition.Health.IsReady);
    }

    [Fact]
    public async Task The_catch_up_also_continues_from_an_account_store_known_to_be_ahead()
    {
        Node idle = await StartAsync();
        Node busy = await StartAsync();
        TaskCompletionSource hold = new();
        idle.Gate.BeforeApply = _ => hold.Task;
        (await idle.DoAsync(Given.Add(1))).Accepted();
        await AddAsync(busy, 100);

        // Its own round reads the position of the account store before the first query arrives.
        hold.SetResult();
        await idle.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        idle.Journal.CommitsRead = 0;
        Assert.Equal(101, await idle.PointsAsync(Given.Carol));
        Assert.InRange(idle.Journal.CommitsRead, 0, LagMax);
    }

    [Fact]
    public async Task A_failing_snapshot_writer_does_no_harm_while_another_one_works()
    {
        Node broken = await StartAsync(roundEntriesMax: 3);
        Node works = await StartAsync();
        broken.Gate.BeforeApply = _ => throw new StorageFailureException("Scripted.");
        for (int turn = 0; turn < 20; turn++)
        {
            await AddAsync(works, LagMax - 1);
            Assert.Equal((turn + 1) * (LagMax - 1), await broken.PointsAsync(Given.Carol));
        }

        broken.Gate.BeforeApply = null;
        (await broken.DoAsync(Given.Spend(1))).Accepted();
        await broken.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => broken.Partition.Health.IsReady);
    }

    [Fact]
    public async Task The_catch_up_does_not_continue_from_an_unreadable_position()
    {
        Node idle = await StartAsync(lagWait: TimeSpan.FromMilliseconds(50));
        Node busy = await StartAsync();
        await AddAsync(busy, 100);
        idle.Gate.BeforeReadPosition = () => throw new StorageFailureException("Scripted.");
        idle.Gate.BeforeApply = _ => throw new StorageFailureException("Scripted.");
        Assert.Equal(RefusalCode.CatchingUp, (await idle.AskAsync(Given.Carol)).Refusal?.Code);
        idle.Gate.BeforeApply = null;
        idle.Gate.BeforeReadPosition = null;
        await Eventually.AnsweredAsync(() => idle.AskAsync(Given.Carol));
        Assert.Equal(100, await idle.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_journal_that_was_replaced_by_an_older_one_is_rejected()
    {
        Node node = await StartAsync();
        await AddAsync(node, 5);
        _journal.Truncate(3);
        Assert.Equal(RefusalCode.StorageUnavailable, (await node.AskAsync(Given.Carol)).Refusal?.Code);
        Assert.Equal(RefusalCode.StorageUnavailable, (await node.DoAsync(Given.Add(1))).Code());
        Assert.False(node.Partition.Health.CanAppend);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (Node node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    private async Task<Node> StartAsync(
        int lagMax = LagMax, TimeSpan? lagWait = null, int roundEntriesMax = 200_000, RecordingLogger? logger = null)
    {
        PartitionOptions options = Node.Options;
        options.LagEntriesMax = lagMax;
        options.LagWaitMax = lagWait ?? TimeSpan.FromSeconds(30);
        SnapshotWriterOptions snapshotWriterOptions = Node.SnapshotWriterOptions;
        snapshotWriterOptions.RoundEntriesMax = roundEntriesMax;
        Node node = await Node.StartAsync(_journal, _accountStore, options: options, snapshotWriterOptions: snapshotWriterOptions, logger: logger, withReadModel: false);
        _nodes.Add(node);
        return node;
    }

    /// <summary>Adds single points, with different idempotency keys if asked for, and waits until they are stored.</summary>
    private static async Task AddAsync(Node node, int count, bool keys = false)
    {
        for (int turn = 0; turn < count; turn++)
        {
            (await node.DoAsync(keys ? Given.Add(1).With($"k{turn}") : Given.Add(1))).Accepted();
        }

        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
    }
}
