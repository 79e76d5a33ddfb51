using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>A build of a new generation fails, hangs or is stopped. The old generation answers and follows the journal as if there were no build.</summary>
public sealed partial class ReadModelBuildTests
{
    private const int ReadModelFailed = 1040;
    private const int ReadModelBuildFailed = 1047;
    private const int ReadModelBuildContinues = 1048;
    private const int ReadModelBuildStopped = 1049;

    // The clock of these tests does not advance, so a wait for it would never end.
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan[] GrowingPauses = [.. new[] { 1, 2, 4, 8, 16 }.Select(factor => factor * FirstPause)];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task While_only_the_build_fails_the_old_generation_follows_the_journal_and_answers()
    {
        RecordingLogger log = new();
        await using Node node = await ServeAsync(log: log);
        int attempts = 0;
        node.ReadModel.BeforeApply = (generation, _) =>
        {
            if (!IsBuilt(generation))
            {
                return Task.CompletedTask;
            }

            Interlocked.Increment(ref attempts);
            throw Failed();
        };
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        for (int write = 2; write < 50; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
            Assert.Equal(write, await PointsAsync(node));
            int seen = Volatile.Read(ref attempts);
            await Eventually.TrueAsync(() => write > 8 || Volatile.Read(ref attempts) > seen);
        }

        Assert.Equal((true, ReadModelCondition.BuildFailing), (node.Partition.Health.IsReady, node.Partition.Health.ReadModel));
        Assert.Empty(log.MessagesOf(ReadModelFailed));
        Assert.Single(log.MessagesOf(ReadModelBuildFailed));

        node.ReadModel.BeforeApply = null;
        await Eventually.TrueAsync(() => node.Partition.Health.ReadModel == ReadModelCondition.Serving);
        Assert.Equal(49, await PointsAsync(node));
        Assert.Single(log.MessagesOf(ReadModelBuildContinues));
    }

    [Fact]
    public async Task While_a_build_hangs_the_old_generation_follows_the_journal_and_answers()
    {
        await using Node node = await ServeAsync();
        await HangAsync(node);
        for (int write = 2; write < 20; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
            Assert.Equal(write, await PointsAsync(node));
        }
    }

    [Fact]
    public async Task While_the_old_generation_fails_the_build_goes_on_and_replaces_it()
    {
        await using Node node = await ServeAsync();
        node.ReadModel.BeforeApply = (generation, _) => IsBuilt(generation) ? Task.CompletedTask : throw Failed();
        (await node.DoAsync(Given.Add(1))).Accepted();
        await Eventually.TrueAsync(() => node.Partition.Health.ReadModel == ReadModelCondition.Failing);
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(async () => await PointsAsync(node) == 2);
    }

    [Fact]
    public async Task A_failing_build_waits_longer_after_each_failure_however_well_the_old_generation_works()
    {
        TimerClock clock = new(IsRetry);
        await using Node node = await ServeAsync(clock: clock, retryDelay: FirstPause);
        node.ReadModel.BeforeApply = (generation, _) => IsBuilt(generation) ? throw Failed() : Task.CompletedTask;
        clock.IsOn = true;
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(async () =>
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
            return clock.Pauses.Count >= 5;
        });
        Assert.Equal(GrowingPauses, clock.Pauses.Take(5));
    }

    [Fact]
    public async Task A_build_whose_damaged_generations_are_begun_anew_logs_each_cause_once_and_waits_longer_each_time()
    {
        TimerClock clock = new(IsRetry);
        RecordingLogger log = new();
        await using Node node = await ServeAsync(clock: clock, log: log, retryDelay: FirstPause);
        int attempts = 0;
        node.ReadModel.BeforeApply = (generation, _) =>
        {
            if (!IsBuilt(generation))
            {
                return Task.CompletedTask;
            }

            StorageFailureException cause = new($"The cause {Interlocked.Increment(ref attempts) % 2}.");
            throw new ReadModelDamagedException(generation.Number, $"Generation {generation.Number}: {cause.Message}", cause);
        };
        clock.IsOn = true;
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(() => clock.Pauses.Count >= 5);
        Assert.Equal(GrowingPauses, clock.Pauses.Take(5));
        Assert.Equal(2, log.MessagesOf(ReadModelBuildFailed).Count);
    }

    [Fact]
    public async Task A_list_that_a_switch_overtakes_waits_until_the_new_generation_contains_what_it_needs()
    {
        MemoryReadModel readModel = new();
        await using Node node = await ServeFiveAsync(readModel, TimeProvider.System);
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeFinish = () =>
        {
            // From the switch on, nobody learns the position of the new generation.
            node.ReadModel.Before = () => held.Task;
            return Task.CompletedTask;
        };
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(async () => (await readModel.ReadStateAsync(Token)).Serving!.Number == 2);
        Assert.Equal(new Sequence(3), (await readModel.ReadStateAsync(Token)).Serving!.Position.Last);
        Task settled = node.Partition.SettleReadModelAsync(new Sequence(5), Token);
        Task<long> list = PointsAsync(node);
        Assert.False(settled.IsCompleted);
        held.SetResult();
        await settled;
        Assert.Equal(5, await list);
    }

    [Fact]
    public async Task After_a_switch_that_fails_the_old_generation_answers_with_all_that_it_contains()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
        RecordingLogger log = new();
        await using Node node = await ServeFiveAsync(new MemoryReadModel(), clock, log);
        node.ReadModel.BeforeFinish = () => throw Failed();
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(() => log.MessagesOf(ReadModelBuildFailed).Count == 1);
        // The clock does not advance, so there is no other attempt, and no entries arrive.
        Assert.Equal(5, await PointsAsync(node).WaitAsync(StopMax, Token));
    }

    [Fact]
    public async Task Without_a_generation_that_answers_lists_are_refused_at_once_while_the_build_fails()
    {
        RecordingLogger log = new();
        MemoryJournal store = new(TimeProvider.System);
        await using (Node first = await Node.StartAsync(store))
        {
            (await first.DoAsync(Given.Add(5))).Accepted();
        }

        await using Node node = Node.Build(store, logger: log);
        node.ReadModel.BeforeApply = (_, _) => throw Failed();
        await node.StartAsync();
        await Eventually.TrueAsync(() => node.Partition.Health.ReadModel == ReadModelCondition.Failing);
        Outcome<PayerPage> refused = await node.Queries.ListPayersAsync(null, null, 10, Token);
        Assert.Equal(RefusalCode.CatchingUp, refused.Refusal?.Code);
        Assert.Single(log.MessagesOf(ReadModelBuildFailed));
        node.ReadModel.BeforeApply = null;
        await Eventually.TrueAsync(async () => await PointsAsync(node) == 5);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_build_and_the_generation_that_answers_takes_what_is_pending()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
        MemoryReadModel readModel = new();
        await using Node node = await ServeAsync(readModel, clock: clock);
        await HangAsync(node);
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Func<ReadModelGeneration, ReadModelRound, Task> hang = node.ReadModel.BeforeApply!;
        node.ReadModel.BeforeApply = (generation, round) => IsBuilt(generation) ? hang(generation, round) : held.Task;
        for (int write = 0; write < 20; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        Task stop = node.Partition.StopAsync(Token);
        held.SetResult();
        await stop.WaitAsync(StopMax, Token);
        Assert.Equal(21, (await readModel.ReadStateAsync(Token)).Serving!.Position.Last.Value);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_the_first_build()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
        MemoryJournal store = new(clock);
        await using (Node first = await Node.StartAsync(store, clock: clock))
        {
            (await first.DoAsync(Given.Add(5))).Accepted();
        }

        await using Node node = Node.Build(store, clock: clock);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeApply = (_, _) =>
        {
            begun.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        await node.StartAsync();
        await begun.Task.WaitAsync(Token);
        await node.Partition.StopAsync(Token).WaitAsync(StopMax, Token);
    }

    [Fact]
    public async Task A_bug_in_a_build_ends_only_the_build()
    {
        RecordingLogger log = new();
        await using Node node = await ServeAsync(log: log);
        node.ReadModel.BeforeApply = (generation, _) => IsBuilt(generation) ? throw new InvalidOperationException("Scripted bug.") : Task.CompletedTask;
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(() => log.MessagesOf(ReadModelBuildStopped).Count == 1);
        for (int write = 2; write < 10; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
            Assert.Equal(write, await PointsAsync(node));
        }

        Assert.Equal((true, ReadModelCondition.BuildFailing), (node.Partition.Health.IsReady, node.Partition.Health.ReadModel));
        await node.Partition.StopAsync(Token);
    }

    /// <summary>Starts a partition whose read model answers, with one point.</summary>
    private static async Task<Node> ServeAsync(
        MemoryReadModel? readModel = null, FakeTimeProvider? clock = null, RecordingLogger? log = null, TimeSpan? retryDelay = null)
    {
        ReadModelOptions options = Node.ReadModelOptions;
        options.RetryDelay = retryDelay ?? options.RetryDelay;
        Node node = await Node.StartAsync(readModel: readModel, clock: clock, logger: log, readModelOptions: options);
        (await node.DoAsync(Given.Add(1))).Accepted();
        Assert.Equal(1, await PointsAsync(node));
        return node;
    }

    /// <summary>Starts a partition with five points. A new generation of its read model begins to answer with the third entry.</summary>
    private static async Task<Node> ServeFiveAsync(MemoryReadModel readModel, TimeProvider clock, RecordingLogger? log = null)
    {
        ReadModelOptions options = Node.ReadModelOptions;
        options.RoundEntriesMax = 3;
        Node node = await Node.StartAsync(readModel: readModel, clock: clock, logger: log, readModelOptions: options);
        for (int write = 0; write < 5; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        Assert.Equal(5, await PointsAsync(node));
        return node;
    }

    /// <summary>Has a new generation built, and waits until its first round hangs.</summary>
    private static async Task HangAsync(Node node)
    {
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeApply = (generation, _) =>
        {
            if (!IsBuilt(generation))
            {
                return Task.CompletedTask;
            }

            begun.TrySetResult();
            return new TaskCompletionSource().Task;
        };
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await begun.Task.WaitAsync(Token);
    }

    private static bool IsRetry(TimeSpan pause) => pause >= FirstPause && pause < TimeSpan.FromSeconds(10);

    private static bool IsBuilt(ReadModelGeneration generation) => generation.Number > 1;

    private static StorageFailureException Failed() => new("Scripted.");

    private static async Task<long> PointsAsync(Node node)
    {
        Outcome<PayerPage> payers = await node.Queries.ListPayersAsync(null, null, 10, Token);
        return payers.Refusal is null ? payers.Value!.Payers.Sum(payer => (long)payer.Points) : -1;
    }
}
