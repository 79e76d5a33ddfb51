using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>A build of a new generation fails, hangs or is stopped. The old generation answers and follows the journal as if there were no build.</summary>
public sealed class ReadModelBuildTests
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
    public async Task A_build_fills_a_full_disk_again_after_ever_longer_pauses()
    {
        TimerClock clock = new(pause => pause >= TimeSpan.FromMinutes(1) && pause <= TimeSpan.FromHours(1));
        await using Node node = await ServeAsync(clock: clock);
        node.ReadModel.BeforeApply = (generation, _) => IsBuilt(generation) ? throw new ReadModelFullException("Scripted: no space.") : Task.CompletedTask;
        clock.IsOn = true;
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        // The first pause is as long as that of the sweeper, which also waits on this clock.
        await Eventually.TrueAsync(() => clock.Pauses.Count(pause => pause > TimeSpan.FromMinutes(1)) >= 7);
        Assert.Equal([2, 4, 8, 16, 32, 60, 60], clock.Pauses.Select(pause => (int)pause.TotalMinutes).Where(minutes => minutes > 1).Take(7));
    }

    [Fact]
    public async Task The_old_generation_goes_on_as_soon_as_a_build_has_given_back_the_space_that_both_need()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
        await using Node node = await ServeAsync(clock: clock);
        bool isFull = false;
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeApply = async (generation, _) =>
        {
            if (IsBuilt(generation))
            {
                isFull = true;
                await held.Task;
                throw new ReadModelFullException("Scripted: no space.");
            }

            if (isFull && node.ReadModel.ReclaimCount == 0)
            {
                throw new ReadModelFullException("Scripted: no space.");
            }
        };
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(() => isFull);
        (await node.DoAsync(Given.Add(1))).Accepted();
        await Eventually.TrueAsync(() => node.Partition.Health.ReadModel == ReadModelCondition.Failing);
        held.SetResult();
        // The clock does not advance.
        await Eventually.TrueAsync(async () => await PointsAsync(node) == 2);
    }

    [Fact]
    public async Task A_list_that_a_switch_overtakes_waits_until_the_new_generation_contains_what_it_needs()
    {
        ReadModelOptions options = Node.ReadModelOptions;
        options.RoundEntriesMax = 3;
        await using Node node = await Node.StartAsync(readModelOptions: options);
        for (int write = 0; write < 5; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        Assert.Equal(5, await PointsAsync(node));
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource switched = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeApply = (generation, round) =>
        {
            // The new generation answers from its third entry on. Then it needs another round.
            if (!IsBuilt(generation) || round.End.Last.Value <= 3)
            {
                return Task.CompletedTask;
            }

            switched.TrySetResult();
            return held.Task;
        };
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await switched.Task.WaitAsync(Token);
        Task<long> list = PointsAsync(node);
        Assert.False(list.IsCompleted);
        held.SetResult();
        Assert.Equal(5, await list);
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
    public async Task No_more_partitions_than_there_are_places_build_at_a_time()
    {
        Lock counting = new();
        (int now, int most) = (0, 0);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using BuildPlaces places = new(2);
        List<Node> nodes = [];
        try
        {
            for (int number = 0; number < 8; number++)
            {
                MemoryJournal store = new(TimeProvider.System);
                await using (Node first = await Node.StartAsync(store))
                {
                    (await first.DoAsync(Given.Add(1))).Accepted();
                }

                nodes.Add(Node.Build(store, buildPlaces: places));
                nodes[^1].ReadModel.BeforeApply = async (_, _) =>
                {
                    lock (counting)
                    {
                        most = Math.Max(most, ++now);
                    }

                    await release.Task;
                    lock (counting)
                    {
                        now--;
                    }
                };
            }

            await Task.WhenAll(nodes.Select(node => node.StartAsync()));
            await Eventually.TrueAsync(() => Volatile.Read(ref now) >= 2 && nodes.All(node => node.Partition.Health.ReadModel == ReadModelCondition.Building));
            release.SetResult();
            foreach (Node node in nodes)
            {
                Assert.Equal(1, await PointsAsync(node));
            }

            Assert.Equal(2, most);
        }
        finally
        {
            foreach (Node node in nodes)
            {
                await node.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task A_build_that_finds_no_space_gives_back_what_it_took_before_it_waits()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
        RecordingLogger log = new();
        MemoryReadModel readModel = new();
        await using Node node = await ServeAsync(readModel, clock, log);
        (await node.DoAsync(Given.Add(1))).Accepted();
        node.ReadModel.BeforeApply = (generation, _) => IsBuilt(generation) ? throw new ReadModelFullException("Scripted: no space.") : Task.CompletedTask;
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(() => node.ReadModel.ReclaimCount > 0);
        Assert.Null((await readModel.ReadStateAsync(Token)).Building);
        Assert.Equal((0, 1), (readModel.LeftCount, node.ReadModel.ReclaimCount));
        Assert.Single(log.MessagesOf(ReadModelBuildFailed));

        node.ReadModel.BeforeApply = null;
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return node.Partition.Health.ReadModel == ReadModelCondition.Serving;
        });
        Assert.Equal(2, await PointsAsync(node));
    }

    [Fact]
    public async Task Space_that_cannot_be_given_back_at_once_is_given_back_before_the_next_attempt()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
        MemoryReadModel readModel = new();
        await using Node node = await ServeAsync(readModel, clock);
        bool hasFailed = false;
        List<int> leftAtAttempts = [];
        node.ReadModel.BeforeApply = (generation, _) =>
        {
            if (!IsBuilt(generation))
            {
                return Task.CompletedTask;
            }

            leftAtAttempts.Add(readModel.LeftCount);
            return leftAtAttempts.Count == 1 ? throw new ReadModelFullException("Scripted: no space.") : Task.CompletedTask;
        };
        node.ReadModel.BeforeDelete = () => leftAtAttempts.Count == 1 && !hasFailed && (hasFailed = true) ? throw Failed() : Task.CompletedTask;
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(() => hasFailed);
        Assert.Equal((1, 0), (readModel.LeftCount, node.ReadModel.ReclaimCount));
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return node.Partition.Health.ReadModel == ReadModelCondition.Serving;
        });
        Assert.Equal([0, 0], leftAtAttempts);
        Assert.Equal(1, node.ReadModel.ReclaimCount);
        Assert.Equal(1, await PointsAsync(node));
    }

    [Fact]
    public async Task The_deletion_of_the_old_generation_delays_no_round_of_the_new_one()
    {
        MemoryReadModel readModel = new();
        await using Node node = await ServeAsync(readModel);
        TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.ReadModel.BeforeDelete = () =>
        {
            if (readModel.LeftCount == 0)
            {
                return Task.CompletedTask;
            }

            begun.TrySetResult();
            return held.Task;
        };
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await begun.Task.WaitAsync(Token);
        for (int write = 2; write < 10; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
            Assert.Equal(write, await PointsAsync(node));
        }

        Assert.Equal((2L, null), ((await readModel.ReadStateAsync(Token)).Serving!.Number, (await readModel.ReadStateAsync(Token)).Serving!.Damage));
        held.SetResult();
        await Eventually.TrueAsync(() => readModel.LeftCount == 0);
    }

    [Fact]
    public async Task A_start_deletes_what_an_earlier_process_has_left()
    {
        MemoryReadModel readModel = new();
        ReadModelGeneration left = (await readModel.BeginBuildAsync(Token))!;
        await readModel.AbandonAsync(left, Token);
        Assert.True(await readModel.FinishBuildAsync((await readModel.BeginBuildAsync(Token))!, Token));
        await using Node node = await Node.StartAsync(readModel: readModel);
        await Eventually.TrueAsync(() => readModel.LeftCount == 0);
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
