using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.ReadModel;
using Pointbook.Engine.Tests.Support;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>This part: the space and the places that builds take, and the deletion of old generations.</summary>
public sealed partial class ReadModelBuildTests
{
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
    public async Task The_old_generation_goes_on_while_space_is_given_back_to_the_disk()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
        MemoryReadModel readModel = new();
        await using Node node = await ServeAsync(readModel, clock: clock);
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isFull = false;
        node.ReadModel.BeforeReclaim = () => new TaskCompletionSource().Task;
        node.ReadModel.BeforeApply = async (generation, _) =>
        {
            if (IsBuilt(generation))
            {
                isFull = true;
                await held.Task;
            }

            if (isFull && (readModel.GenerationCount > 1 || readModel.LeftCount > 0))
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
    public async Task A_build_begins_again_although_space_cannot_be_given_back_to_the_disk()
    {
        FakeTimeProvider clock = new(DateTimeOffset.UnixEpoch.AddYears(50));
        RecordingLogger log = new();
        MemoryReadModel readModel = new();
        await using Node node = await ServeAsync(readModel, clock, log);
        int attempts = 0;
        node.ReadModel.BeforeReclaim = () => throw Failed();
        node.ReadModel.BeforeApply = (generation, _) => IsBuilt(generation) && ++attempts == 1 ? throw new ReadModelFullException("Scripted: no space.") : Task.CompletedTask;
        node.Partition.ReportReadModelDamage(new ReadModelDamagedException(1, "Scripted."));
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            return attempts == 2 && node.Partition.Health.ReadModel == ReadModelCondition.Serving;
        });
        Assert.Equal(1, await PointsAsync(node));
        Assert.Equal(2, log.MessagesOf(ReadModelBuildFailed).Count);
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
}
