using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>The effects of each kind of failed append, with and without commits of another process in between.</summary>
public sealed class FaultTests
{
    public static TheoryData<string, RefusalCode?, long> Faults => new()
    {
        // The fault, the refusal of "spend 30 of 100" (null if accepted), and the points that are left.
        { "nothing", null, 70 },
        { "known failure", RefusalCode.StorageUnavailable, 100 },
        { "unknown, not written", null, 70 },
        { "unknown, written", null, 70 },
        { "late", null, 70 },
        { "another writes 5 first", null, 75 },
        { "unknown, another writes 5", null, 75 },
        { "unknown forever, not written", RefusalCode.OutcomeUnknown, 100 },
        { "unknown forever, written", null, 70 },
        { "late forever", RefusalCode.ClockDisagrees, 100 },
        { "early", null, 70 },
        { "early forever", RefusalCode.ClockDisagrees, 100 },
    };

    [Fact]
    public async Task A_closed_journal_is_a_bug_unless_the_partition_is_stopping()
    {
        await using Node node = await Node.StartAsync();
        EntryId spend = new(0, (await node.DoAsync(Given.Add(100))).Accepted().Operation.FirstEntries[0].Sequence);
        // Until the spend is in the account store, the partition reads it from memory.
        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        node.Journal.ReadFailure = new ObjectDisposedException("journal");
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ReadAsync());

        await node.Partition.StopAsync(TestContext.Current.CancellationToken);
        Assert.Equal(RefusalCode.ShuttingDown, (await ReadAsync()).Refusal?.Code);

        ValueTask<Outcome<RecordedSpend>> ReadAsync() => node.Partition.ReadSpendAsync(Given.Carol, spend, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_closed_store_is_a_bug_until_the_queries_are_disposed()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        node.Journal.ReadFailure = new ObjectDisposedException("journal");
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await ReadAsync());

        node.Queries.Dispose();
        Assert.Equal(RefusalCode.ShuttingDown, (await ReadAsync()).Refusal?.Code);

        ValueTask<Outcome<HistoryPage>> ReadAsync() => node.Queries.ReadHistoryAsync(new HistoryQuery(Given.Carol, 10), TestContext.Current.CancellationToken);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task State_tail_and_replies_are_correct_after(string fault, RefusalCode? told, long left)
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        node.Journal.Script(FaultsOf(fault));

        Outcome<Receipt> outcome = await node.DoAsync(Given.Spend(30));

        Assert.Equal(told, outcome.Code());
        Assert.Equal(0, node.Journal.FaultsLeft);
        await AssertConsistentAsync(node, left);
    }

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_retry_with_the_same_key_is_safe_after(string fault, RefusalCode? told, long left)
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        node.Journal.Script(FaultsOf(fault));

        Outcome<Receipt> first = await node.DoAsync(Given.Spend(30).With("s"));
        Receipt second = (await node.DoAsync(Given.Spend(30).With("s"))).Accepted();

        Assert.Equal(told, first.Code());
        Assert.Equal(told is null || left < 100, second.IsReplay);
        await AssertConsistentAsync(node, left == 100 ? 70 : left);
    }

    [Fact]
    public async Task Reads_and_refusals_based_on_a_failed_write_are_not_returned()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        TaskCompletionSource hold = new();
        node.Journal.BeforeAppend = () => hold.Task;
        Task<Outcome<Receipt>> other = node.DoAsync(Given.Add(1, account: Given.Dave));
        await Eventually.TrueAsync(() => node.Journal.Attempts.Count == 2);

        // These three commands wait during the append of the other one, so they are in one batch.
        node.Journal.Script(AppendFault.None, AppendFault.FailBefore);
        Task<Outcome<Receipt>> spend = node.DoAsync(Given.Spend(100));
        Task<Outcome<Receipt>> refused = node.DoAsync(Given.Spend(1));
        Task<Outcome<AccountBalance>> read = node.Partition.ReadBalanceAsync(Given.Carol, TestContext.Current.CancellationToken).AsTask();
        hold.SetResult();

        (await other).Accepted();
        Assert.Equal(RefusalCode.StorageUnavailable, (await spend).Code());
        Assert.Equal(RefusalCode.StorageUnavailable, (await refused).Code());
        Assert.Equal(RefusalCode.StorageUnavailable, (await read).Refusal?.Code);
        await AssertConsistentAsync(node, 100);
    }

    [Fact]
    public async Task A_duplicate_of_a_command_with_unknown_outcome_writes_nothing_and_can_be_sent_again()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100).With("a"))).Accepted();
        TaskCompletionSource hold = new();
        node.Journal.BeforeAppend = () => hold.Task;
        Task<Outcome<Receipt>> other = node.DoAsync(Given.Add(1, account: Given.Dave));
        await Eventually.TrueAsync(() => node.Journal.Attempts.Count == 2);
        node.Journal.Script([AppendFault.None, .. FaultsOf("unknown forever, not written")]);
        Task<Outcome<Receipt>> spend = node.DoAsync(Given.Spend(30).With("s"));
        Task<Outcome<Receipt>> duplicate = node.DoAsync(Given.Spend(30).With("s"));
        Task<Outcome<Receipt>> earlier = node.DoAsync(Given.Add(100).With("a"));
        hold.SetResult();

        (await other).Accepted();
        Assert.Equal(RefusalCode.OutcomeUnknown, (await spend).Code());
        Assert.Equal(RefusalCode.StorageUnavailable, (await duplicate).Code());
        Assert.Equal(RefusalCode.StorageUnavailable, (await earlier).Code());
        Assert.False((await node.DoAsync(Given.Spend(30).With("s"))).Accepted().IsReplay);
        Assert.True((await node.DoAsync(Given.Add(100).With("a"))).Accepted().IsReplay);
        await AssertConsistentAsync(node, 70);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_abandoned_append_that_becomes_durable_later_counts_once(bool isShared)
    {
        await using Node node = await Node.StartAsync(new MemoryJournal(TimeProvider.System) { IsShared = isShared });
        (await node.DoAsync(Given.Add(100))).Accepted();
        TaskCompletionSource later = new();
        node.Journal.Script([AppendFault.UnknownUntil(later.Task), .. FaultsOf("unknown forever, not written").Skip(1)]);
        Assert.Equal(RefusalCode.OutcomeUnknown, (await node.DoAsync(Given.Spend(30).With("s"))).Code());

        // A read does not find the spend yet. Then the spend becomes durable, and the partition decides later commands again.
        Assert.Equal(100, await node.PointsAsync(Given.Carol));
        later.SetResult();
        await Eventually.TrueAsync(() => node.Store.Commits.Count == 2);
        Assert.True((await node.DoAsync(Given.Add(0).With("s"))).IsRefused);
        Assert.True((await node.DoAsync(Given.Spend(30).With("s"))).Accepted().IsReplay);
        await AssertConsistentAsync(node, 70);
    }

    [Fact]
    public async Task An_abandoned_append_that_arrives_after_another_one_never_becomes_durable()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        TaskCompletionSource later = new();
        node.Journal.Script([AppendFault.UnknownUntil(later.Task), .. FaultsOf("unknown forever, not written").Skip(1)]);
        Assert.Equal(RefusalCode.OutcomeUnknown, (await node.DoAsync(Given.Spend(30).With("s"))).Code());

        Assert.False((await node.DoAsync(Given.Spend(30).With("s"))).Accepted().IsReplay);
        later.SetResult();
        await AssertConsistentAsync(node, 70);
    }

    [Fact]
    public async Task An_append_that_becomes_durable_while_it_is_retried_counts_once()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        TaskCompletionSource later = new();
        AppendFault stopped = AppendFault.UnknownUntil(later.Task);
        node.Journal.Script(stopped, AppendFault.UnknownNotCommitted, AppendFault.Late);
        node.Journal.BeforeAppend = () =>
        {
            if (node.Journal.Attempts.Count == 4)
            {
                later.SetResult();
            }

            return Task.CompletedTask;
        };
        (await node.DoAsync(Given.Spend(30).With("s"))).Accepted();
        await AssertConsistentAsync(node, 70);
    }

    [Fact]
    public async Task After_a_failure_commands_are_refused_until_the_journal_is_readable()
    {
        Microsoft.Extensions.Time.Testing.FakeTimeProvider clock = new();
        await using Node node = await Node.StartAsync(clock: clock);
        (await node.DoAsync(Given.Add(100, day: -20_000))).Accepted();
        node.Journal.Script(AppendFault.FailBefore);
        Assert.Equal(RefusalCode.StorageUnavailable, (await node.DoAsync(Given.Spend(30))).Code());
        Assert.False(node.Partition.Health.IsReady);

        node.Journal.ReadsToFail = 1;
        Outcome<AccountBalance> unread = await node.Partition.ReadBalanceAsync(Given.Carol, TestContext.Current.CancellationToken);
        Assert.Equal(RefusalCode.StorageUnavailable, unread.Refusal?.Code);

        // A read of the journal does not make the partition ready. A successful append does, or the passing of time.
        Assert.Equal(100, await node.PointsAsync(Given.Carol));
        Assert.False(node.Partition.Health.IsReady);
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(node.Partition.Health.IsReady);

        node.Journal.Script(AppendFault.FailBefore);
        Assert.Equal(RefusalCode.StorageUnavailable, (await node.DoAsync(Given.Spend(30))).Code());
        Assert.False(node.Partition.Health.IsReady);
        (await node.DoAsync(Given.Spend(30))).Accepted();
        Assert.True(node.Partition.Health.IsReady);
    }

    [Fact]
    public async Task A_partition_whose_commits_stay_late_is_not_ready_until_one_is_appended_or_time_has_passed()
    {
        Microsoft.Extensions.Time.Testing.FakeTimeProvider clock = new();
        PartitionOptions once = Node.Options;
        once.AttemptsMax = 1;
        await using Node node = await Node.StartAsync(clock: clock, options: once);
        node.Journal.Script(AppendFault.Late);
        Assert.Equal(RefusalCode.ClockDisagrees, (await DoAsync()).Code());
        Assert.False(node.Partition.Health.CanAppend);
        (await DoAsync()).Accepted();
        Assert.True(node.Partition.Health.CanAppend);

        node.Journal.Script(AppendFault.Late);
        Assert.Equal(RefusalCode.ClockDisagrees, (await DoAsync()).Code());
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.True(node.Partition.Health.CanAppend);

        async Task<Outcome<Receipt>> DoAsync()
        {
            Task<Outcome<Receipt>> done = node.DoAsync(Given.Add(100, day: -20_000));
            await Eventually.TrueAsync(() =>
            {
                // Ends the pause before the next attempt.
                clock.Advance(TimeSpan.FromMilliseconds(1));
                return done.IsCompleted;
            });
            return await done;
        }
    }

    [Fact]
    public async Task A_partition_whose_commit_was_late_once_stays_ready()
    {
        await using Node node = await Node.StartAsync();
        node.Journal.Script(AppendFault.Late);
        (await node.DoAsync(Given.Add(1))).Accepted();
        Assert.True(node.Partition.Health.IsReady);
    }

    [Fact]
    public async Task A_failed_load_refuses_only_the_commands_that_wait_for_it()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(100))).Accepted();
        node.AccountStore.BeforeLoad = () => throw new StorageFailureException("Scripted.");
        Assert.Equal(RefusalCode.StorageUnavailable, (await node.DoAsync(Given.Add(1, account: Given.Dave))).Code());
        (await node.DoAsync(Given.Spend(1))).Accepted();
        node.AccountStore.BeforeLoad = null;
        (await node.DoAsync(Given.Add(1, account: Given.Dave))).Accepted();
    }

    private static AppendFault[] FaultsOf(string fault)
    {
        AppendFault other = AppendFault.FencedByOther(AddFiveElsewhereAsync);
        return fault switch
        {
            "nothing" => [],
            "known failure" => [AppendFault.FailBefore],
            "unknown, not written" => [AppendFault.UnknownNotCommitted],
            "unknown, written" => [AppendFault.UnknownCommitted],
            "late" => [AppendFault.Late],
            "another writes 5 first" => [other],
            "unknown, another writes 5" => [AppendFault.UnknownThenOther(AddFiveElsewhereAsync)],
            "unknown forever, not written" => [.. Enumerable.Repeat(AppendFault.UnknownNotCommitted, Node.Options.AttemptsMax)],
            "unknown forever, written" => [AppendFault.UnknownCommitted, .. Enumerable.Repeat(AppendFault.UnknownNotCommitted, Node.Options.AttemptsMax - 1)],
            "early" => [AppendFault.Early],
            "early forever" => [.. Enumerable.Repeat(AppendFault.Early, Node.Options.AttemptsMax)],
            "late forever" => [.. Enumerable.Repeat(AppendFault.Late, Node.Options.AttemptsMax)],
            _ => throw new ArgumentOutOfRangeException(nameof(fault)),
        };
    }

    private static async Task AddFiveElsewhereAsync(IJournal journal)
    {
        await using Node another = await Node.StartAsync((MemoryJournal)journal);
        (await another.DoAsync(Given.Add(5, day: 2, payer: Given.Unilever))).Accepted();
    }

    private static async Task AssertConsistentAsync(Node node, long points)
    {
        Assert.Equal(points, await node.PointsAsync(Given.Carol));
        await node.VerifyAsync();
        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);

        // The state in memory, the loaded state and the rebuilt state agree.
        (await node.DoAsync(Given.Add(1, day: 3))).Accepted();
        Assert.Equal(points + 1, await node.PointsAsync(Given.Carol));
        await node.Partition.StopAsync(TestContext.Current.CancellationToken);
        await using Node restarted = await Node.StartAsync(node.Store, node.AccountStore);
        await using Node rebuilt = await Node.StartAsync(node.Store);
        Assert.Equal(points + 1, await restarted.PointsAsync(Given.Carol));
        Assert.Equal(points + 1, await rebuilt.PointsAsync(Given.Carol));
    }
}
