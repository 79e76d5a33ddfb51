using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

public sealed class BoundTests
{
    [Fact]
    public async Task Commands_beyond_the_bound_are_refused_at_once_until_places_are_free_again()
    {
        PartitionOptions options = Node.Options;
        options.WaitingMax = 4;
        await using Node node = await Node.StartAsync(options: options);
        TaskCompletionSource hold = new();
        node.Journal.BeforeAppend = () => hold.Task;
        Task<Outcome<Receipt>>[] waiting = [.. Enumerable.Range(0, 4).Select(_ => node.DoAsync(Given.Add(1)))];

        Assert.Equal(RefusalCode.Overloaded, (await node.DoAsync(Given.Add(1))).Code());
        Assert.Equal(RefusalCode.Overloaded, (await node.Partition.ReadBalanceAsync(Given.Carol, TestContext.Current.CancellationToken)).Refusal?.Code);

        hold.SetResult();
        Assert.All(await Task.WhenAll(waiting), outcome => outcome.Accepted());
        Assert.Equal(4, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_cancelled_caller_stops_waiting_but_its_command_keeps_its_place_and_is_carried_out()
    {
        PartitionOptions options = Node.Options;
        options.WaitingMax = 3;
        await using Node node = await Node.StartAsync(options: options);
        TaskCompletionSource hold = new();
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Journal.BeforeAppend = () =>
        {
            reached.TrySetResult();
            return hold.Task;
        };
        try
        {
            using CancellationTokenSource givingUp = new();
            Task<Outcome<Receipt>> write = node.Partition.ExecuteAsync(Given.Add(7).With("k"), givingUp.Token).AsTask();
            // Queries from now on must wait until the write is durable.
            await reached.Task;
            Task<Outcome<AccountBalance>> read = node.Partition.ReadBalanceAsync(Given.Carol, givingUp.Token).AsTask();
            Task<ProbeAnswer> probe = node.Partition.ProbeAsync(givingUp.Token).AsTask();
            await givingUp.CancelAsync();
            foreach (Task waiting in (Task[])[write, read, probe])
            {
                await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
            }

            Task<Outcome<Receipt>> fourth = node.DoAsync(Given.Add(1));
            Assert.Equal(RefusalCode.Overloaded, (await fourth.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).Code());
        }
        finally
        {
            hold.SetResult();
        }

        await Eventually.AnsweredAsync(() => node.DoAsync(Given.Add(7).With("k")));
        Assert.Equal(7, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_slow_load_delays_no_other_account()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(1))).Accepted();
        TaskCompletionSource hold = new();
        int loads = 0;
        node.AccountStore.BeforeLoad = () => Interlocked.Increment(ref loads) == 1 ? hold.Task : Task.CompletedTask;
        Task<Outcome<Receipt>> giant = node.DoAsync(Given.Add(5, account: Given.Dave));
        await Eventually.TrueAsync(() => Volatile.Read(ref loads) == 1);

        (await node.DoAsync(Given.Spend(1))).Accepted();
        (await node.DoAsync(Given.Add(9, account: AccountId.FromTrusted("erin")))).Accepted();
        Assert.False(giant.IsCompleted);

        hold.SetResult();
        (await giant).Accepted();
    }

    [Fact]
    public async Task Commands_that_wait_for_a_load_keep_their_order_and_their_number_is_bounded()
    {
        PartitionOptions options = Node.Options;
        options.ParkedPerAccountMax = 3;
        await using Node node = await Node.StartAsync(options: options);
        TaskCompletionSource hold = new();
        node.AccountStore.BeforeLoad = () => hold.Task;
        Task<Outcome<Receipt>>[] parked = [node.DoAsync(Given.Add(10)), node.DoAsync(Given.Spend(10)), node.DoAsync(Given.Add(2).With("k"))];

        Assert.Equal(RefusalCode.Overloaded, (await node.DoAsync(Given.Add(1))).Code());

        hold.SetResult();
        Assert.All(await Task.WhenAll(parked), outcome => outcome.Accepted());
        Assert.Equal(2, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_full_round_of_the_snapshot_writer_does_not_wait_for_more_entries()
    {
        // The delay of the round never ends, because the clock stands still.
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using Node node = await Node.StartAsync(
            clock: clock, snapshotWriterOptions: new SnapshotWriterOptions { RoundDelay = TimeSpan.FromSeconds(10), RoundEntriesMax = 3 });
        (await node.DoAsync(Given.Add(1))).Accepted();
        (await node.DoAsync(Given.Add(1))).Accepted();
        Assert.Equal(Sequence.Zero, (await node.AccountStore.ReadPositionAsync(TestContext.Current.CancellationToken)).Last);
        (await node.DoAsync(Given.Add(1))).Accepted();
        await Eventually.TrueAsync(async () => (await node.AccountStore.ReadPositionAsync(TestContext.Current.CancellationToken)).Last == new Sequence(3));
    }

    [Fact]
    public async Task An_account_store_that_is_too_far_behind_delays_writers_but_not_readers()
    {
        PartitionOptions options = Node.Options;
        options.LagEntriesMax = 2;
        options.LagWaitMax = TimeSpan.FromMilliseconds(20);
        await using Node node = await Node.StartAsync(options: options);
        TaskCompletionSource hold = new();
        node.AccountStore.BeforeApply = () => hold.Task;
        foreach (int _ in Enumerable.Range(0, 3))
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        Assert.Equal(RefusalCode.CatchingUp, (await node.DoAsync(Given.Add(1))).Code());
        Assert.Equal(3, await node.PointsAsync(Given.Carol));

        node.AccountStore.BeforeApply = null;
        hold.SetResult();
        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        (await node.DoAsync(Given.Add(1))).Accepted();
    }

    [Fact]
    public async Task A_very_slow_load_does_not_make_the_tail_exceed_its_bound()
    {
        PartitionOptions options = Node.Options;
        options.LagEntriesMax = 5;
        await using Node node = await Node.StartAsync(options: options);
        (await node.DoAsync(Given.Add(1))).Accepted();
        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        TaskCompletionSource hold = new();
        int loads = 0;
        node.Gate.AfterLoad = () => Interlocked.Increment(ref loads) == 1 ? hold.Task : Task.CompletedTask;
        Task<Outcome<Receipt>> slow = node.DoAsync(Given.Add(5, account: Given.Dave));
        await Eventually.TrueAsync(() => Volatile.Read(ref loads) == 1);
        foreach (int _ in Enumerable.Range(0, 20))
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
            await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        }

        hold.SetResult();
        (await slow).Accepted();
        // The tail did not keep the entries that the slow load needed, so the partition loaded the account again.
        Assert.Equal(2, loads);
        Assert.Equal((21, 5), (await node.PointsAsync(Given.Carol), await node.PointsAsync(Given.Dave)));
    }

    [Fact]
    public async Task Commands_for_many_batches_are_all_carried_out()
    {
        PartitionOptions options = Node.Options;
        options.BatchSizeMax = 3;
        await using Node node = await Node.StartAsync(options: options);
        Outcome<Receipt>[] outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(turn =>
            node.DoAsync(turn % 2 == 0 ? Given.Add(2) : Given.Add(1, account: Given.Dave).With($"k{turn}"))));
        Assert.All(outcomes, outcome => outcome.Accepted());
        Assert.Equal((200, 100), (await node.PointsAsync(Given.Carol), await node.PointsAsync(Given.Dave)));
    }

    [Fact]
    public async Task A_batch_ends_once_it_has_many_entries()
    {
        PartitionOptions options = Node.Options;
        options.BatchEntriesMax = 10;
        await using Node node = await Node.StartAsync(options: options);
        TaskCompletionSource hold = new();
        node.Journal.BeforeAppend = () => hold.Task;
        Task<Outcome<Receipt>>[] waiting = [.. Enumerable.Range(0, 50).Select(_ => node.DoAsync(Given.Add(1)))];
        hold.SetResult();
        Assert.All(await Task.WhenAll(waiting), outcome => outcome.Accepted());
        Assert.All(node.Store.Commits, commit => Assert.InRange(commit.Entries.Count, 1, 10));
        Assert.Equal(50, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task Disposing_a_partition_leaves_no_caller_waiting()
    {
        Node node = await Node.StartAsync();
        TaskCompletionSource hold = new();
        node.AccountStore.BeforeLoad = () => hold.Task;
        Task<Outcome<Receipt>> parked = node.DoAsync(Given.Add(1));
        await node.DisposeAsync();
        Assert.Equal(RefusalCode.ShuttingDown, (await parked).Code());
        Assert.Equal(RefusalCode.ShuttingDown, (await node.DoAsync(Given.Add(1))).Code());
        hold.SetResult();
    }

    [Fact]
    public async Task A_partition_stops_even_if_its_account_store_fails()
    {
        await using Node node = await Node.StartAsync();
        node.AccountStore.BeforeApply = () => throw new StorageFailureException("Scripted.");
        (await node.DoAsync(Given.Add(1))).Accepted();
        await Eventually.TrueAsync(() => !node.Partition.Health.CanStoreAccounts);
        await node.Partition.StopAsync(TestContext.Current.CancellationToken);
        await using Node next = await Node.StartAsync(node.Store);
        Assert.Equal(1, await next.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_partition_stops_even_while_it_refuses_callers()
    {
        PartitionOptions options = Node.Options;
        options.WaitingMax = 1;
        for (int round = 0; round < 200; round++)
        {
            await using Node node = await Node.StartAsync(options: options);
            Task[] callers = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => node.DoAsync(Given.Add(1))))];
            await node.Partition.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
            await Task.WhenAll(callers);
        }
    }

    [Fact]
    public async Task A_stopping_partition_answers_accepted_commands_and_refuses_later_ones()
    {
        await using Node node = await Node.StartAsync();
        TaskCompletionSource hold = new();
        node.Journal.BeforeAppend = () => hold.Task;
        Task<Outcome<Receipt>> taken = node.DoAsync(Given.Add(1));
        Task stopping = node.Partition.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(RefusalCode.ShuttingDown, (await node.DoAsync(Given.Add(1))).Code());
        hold.SetResult();
        (await taken).Accepted();
        await stopping;
        Assert.Single(node.AccountStore.ReadTables().Accounts.Single().Snapshot.Lots);
    }

    [Fact]
    public void Partitions_of_one_process_share_only_its_memory()
    {
        PartitionOptions whole = new() { CacheBytesMax = 1L << 30, LagEntriesMax = 1_000_000, BatchSizeMax = 7, LagWaitMax = TimeSpan.FromSeconds(3) };
        PartitionOptions share = whole.ShareOf(8);
        Assert.Equal((1L << 27, 125_000, 7, TimeSpan.FromSeconds(3)), (share.CacheBytesMax, share.LagEntriesMax, share.BatchSizeMax, share.LagWaitMax));
        Assert.Equal((1L << 30, 1_000_000), (whole.CacheBytesMax, whole.LagEntriesMax));
        Assert.Null(share.Fault());
        Assert.Throws<ArgumentOutOfRangeException>(() => whole.ShareOf(0));
    }

    [Theory]
    [InlineData(1L << 30, 1_000_000, 1L << 20, 10_000)]
    [InlineData(0, 3, 0, 3)]
    public void The_share_of_a_partition_is_never_too_small_or_larger_than_the_whole(long cache, int lag, long cacheOfOne, int lagOfOne)
    {
        PartitionOptions share = new PartitionOptions { CacheBytesMax = cache, LagEntriesMax = lag }.ShareOf(1024);
        Assert.Equal((cacheOfOne, lagOfOne), (share.CacheBytesMax, share.LagEntriesMax));
    }

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Options_out_of_range_are_rejected_by_name(string name, Action<PartitionOptions> change)
    {
        PartitionOptions options = new();
        change(options);
        Assert.StartsWith($"{name} must be ", options.Fault(), StringComparison.Ordinal);
    }

    public static TheoryData<string, Action<PartitionOptions>> BadOptions => new()
    {
        { "BatchSizeMax", options => options.BatchSizeMax = 0 },
        { "BatchEntriesMax", options => options.BatchEntriesMax = 0 },
        { "WaitingMax", options => options.WaitingMax = 0 },
        { "ParkedPerAccountMax", options => options.ParkedPerAccountMax = 0 },
        { "LoadsInFlightMax", options => options.LoadsInFlightMax = 65 },
        { "CacheBytesMax", options => options.CacheBytesMax = -1 },
        { "LagEntriesMax", options => options.LagEntriesMax = 0 },
        { "LagWaitMax", options => options.LagWaitMax = TimeSpan.FromMinutes(2) },
        { "AttemptsMax", options => options.AttemptsMax = 101 },
        { "RetryDelayMax", options => options.RetryDelayMax = TimeSpan.Zero },
        { "FutureMax", options => options.FutureMax = TimeSpan.FromSeconds(-1) },
    };
}
