using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Memory;
using Given = Pointbook.Engine.Tests.Support.Given;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>Several processes share a store, and one of them erases an account.</summary>
public sealed class ErasureTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_process_that_lags_behind_does_not_report_an_erased_account_as_damaged(bool knowsFlush)
    {
        await using Node one = await Node.StartAsync(new MemoryJournal(TimeProvider.System) { IsShared = true });
        await using Node two = await Node.StartAsync(one.Store, one.AccountStore);
        (await one.DoAsync(Given.Add(10).With("k"))).Accepted();
        Assert.Equal(0, await two.PointsAsync(Given.Dave));
        (await one.DoAsync(Given.Flush())).Accepted();
        if (knowsFlush)
        {
            Assert.Equal(0, await two.PointsAsync(Given.Dave));
        }

        (await one.DoAsync(new EraseAccount(Given.Carol))).Accepted();
        await WaitUntilErasedAsync(one);

        Assert.Equal(0, await two.PointsAsync(Given.Carol));
        Assert.False((await two.DoAsync(Given.Add(7).With("k"))).Accepted().IsReplay);
        Assert.Equal(7, await one.PointsAsync(Given.Carol));
        Assert.Equal((0, 0), (one.Partition.Health.DamagedAccounts, two.Partition.Health.DamagedAccounts));
        Assert.False(one.AccountStore.HasDamagedAccounts);
    }

    [Fact]
    public async Task A_process_that_has_an_account_in_memory_follows_its_erasure_by_another_process()
    {
        await using Node one = await Node.StartAsync(new MemoryJournal(TimeProvider.System) { IsShared = true });
        await using Node two = await Node.StartAsync(one.Store, one.AccountStore);
        for (int life = 1; life <= 40; life++)
        {
            (await one.DoAsync(Given.Add(life).With("k"))).Accepted();
            Assert.Equal(life, await two.PointsAsync(Given.Carol));
            (await one.DoAsync(Given.Flush())).Accepted();
            (await one.DoAsync(new EraseAccount(Given.Carol))).Accepted();
            Assert.Equal(RefusalCode.AccountNotFound, (await two.DoAsync(new EraseAccount(Given.Carol))).Code());
        }

        Assert.Equal((0, 0), (one.Partition.Health.DamagedAccounts, two.Partition.Health.DamagedAccounts));
    }

    [Fact]
    public async Task A_process_forgets_an_account_in_memory_when_it_reads_the_erasure_with_the_erased_name()
    {
        await using Node one = await Node.StartAsync(new MemoryJournal(TimeProvider.System) { IsShared = true });
        await using Node two = await Node.StartAsync(one.Store, one.AccountStore);
        (await one.DoAsync(Given.Add(10))).Accepted();
        Assert.Equal(10, await two.PointsAsync(Given.Carol));
        (await one.DoAsync(Given.Flush())).Accepted();
        (await one.DoAsync(new EraseAccount(Given.Carol))).Accepted();
        await WaitUntilErasedAsync(one);

        Assert.Equal(RefusalCode.InsufficientPoints, (await two.DoAsync(Given.Spend(1))).Code());
        Assert.Equal(0, await two.PointsAsync(Given.Carol));
        Assert.Equal((0, 0), (one.Partition.Health.DamagedAccounts, two.Partition.Health.DamagedAccounts));
    }

    [Fact]
    public async Task A_load_during_an_erasure_by_another_process_does_not_use_the_old_row()
    {
        await using Node one = await Node.StartAsync(new MemoryJournal(TimeProvider.System) { IsShared = true });
        await using Node two = await Node.StartAsync(one.Store, one.AccountStore);
        (await one.DoAsync(Given.Add(10))).Accepted();
        await one.Partition.WaitUntilStoredAsync(Token);
        TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource release = new(TaskCreationOptions.RunContinuationsAsynchronously);
        two.Gate.AfterLoad = async () =>
        {
            loaded.TrySetResult();
            await release.Task;
        };
        Task<long> points = two.PointsAsync(Given.Carol);
        await loaded.Task.WaitAsync(Token);
        two.Gate.AfterLoad = null;
        (await one.DoAsync(Given.Flush())).Accepted();
        (await one.DoAsync(new EraseAccount(Given.Carol))).Accepted();
        await WaitUntilErasedAsync(one);
        Assert.Equal(0, await two.PointsAsync(Given.Dave));
        release.TrySetResult();
        Assert.Equal(0, await points);
        Assert.Equal(RefusalCode.InsufficientPoints, (await two.DoAsync(Given.Spend(1))).Code());
    }

    [Fact]
    public async Task A_start_accepts_a_journal_whose_erasure_another_process_has_stored()
    {
        MemoryJournal journal = await WriteErasedAsync();
        MemoryAccountStore accountStore = new();
        IReadOnlyList<Commit> commits = journal.Commits;
        int rounds = 0;
        accountStore.BeforeApply = async () =>
        {
            if (++rounds == 2)
            {
                accountStore.BeforeApply = null;
                Assert.True(await accountStore.ApplyAsync(SnapshotRound.From([.. commits.Skip(1)]), Token));
            }
        };
        SnapshotWriterOptions options = Node.SnapshotWriterOptions;
        options.RoundEntriesMax = 1;
        await using Node node = await Node.StartAsync(journal, accountStore, snapshotWriterOptions: options);
        Assert.Equal(2, rounds);
        Assert.Equal(0, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_long_purge_is_followed_by_a_pause_twenty_times_as_long()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using Node node = await Node.StartAsync(clock: clock);
        List<(DateTimeOffset Begin, DateTimeOffset End)> purges = [];
        node.Journal.BeforePurge = () =>
        {
            DateTimeOffset begin = clock.GetUtcNow();
            clock.Advance(TimeSpan.FromMinutes(3));
            lock (purges)
            {
                purges.Add((begin, clock.GetUtcNow()));
            }
        };
        for (int life = 0; life < 2; life++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
            (await node.DoAsync(Given.Flush())).Accepted();
            (await node.DoAsync(new EraseAccount(Given.Carol))).Accepted();
            await node.Partition.WaitUntilStoredAsync(Token);
            await Eventually.TrueAsync(() =>
            {
                // The first purge runs without a wait.
                clock.Advance(life == 0 ? TimeSpan.Zero : TimeSpan.FromMinutes(1));
                lock (purges)
                {
                    return purges.Count > life;
                }
            });
        }

        Assert.True(purges[1].Begin - purges[0].End >= TimeSpan.FromMinutes(60), $"The pause was {purges[1].Begin - purges[0].End}.");
        await WaitUntilErasedAsync(node);
    }

    [Fact]
    public async Task A_failed_purge_is_tried_again_soon_and_then_less_and_less_often()
    {
        const int Failures = 6;
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        SnapshotWriterOptions options = Node.SnapshotWriterOptions;
        (options.RetryDelay, options.ErasureInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        await using Node node = await Node.StartAsync(clock: clock, snapshotWriterOptions: options);
        List<DateTimeOffset> purges = [];
        node.Journal.BeforePurge = () =>
        {
            lock (purges)
            {
                purges.Add(clock.GetUtcNow());
                _ = purges.Count <= Failures ? throw new JournalException("Scripted: the disk is full.") : true;
            }
        };
        (await node.DoAsync(Given.Add(1))).Accepted();
        (await node.DoAsync(Given.Flush())).Accepted();
        (await node.DoAsync(new EraseAccount(Given.Carol))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(250));
            lock (purges)
            {
                return purges.Count > Failures;
            }
        });
        for (int attempt = 0; attempt < Failures; attempt++)
        {
            TimeSpan pause = purges[attempt + 1] - purges[attempt];
            Assert.True(pause >= TimeSpan.FromSeconds(1 << attempt) && pause < options.ErasureInterval / 2, $"Pause {attempt} was {pause}.");
        }

        await WaitUntilErasedAsync(node);
    }

    [Fact]
    public async Task A_list_that_cannot_be_read_while_a_purge_is_due_is_not_read_over_and_over()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        SnapshotWriterOptions options = Node.SnapshotWriterOptions;
        (options.RetryDelay, options.ErasureInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        await using Node node = await Node.StartAsync(clock: clock, snapshotWriterOptions: options);
        int lists = 0;
        int purges = 0;
        node.Journal.BeforePurge = () =>
        {
            if (Interlocked.Increment(ref purges) == 1)
            {
                node.Gate.BeforeListErasures = () =>
                {
                    Interlocked.Increment(ref lists);
                    throw new StorageFailureException("Scripted: the list cannot be read.");
                };
                throw new JournalException("Scripted: the disk is full.");
            }
        };
        (await node.DoAsync(Given.Add(1))).Accepted();
        (await node.DoAsync(Given.Flush())).Accepted();
        (await node.DoAsync(new EraseAccount(Given.Carol))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        await Eventually.TrueAsync(() => Volatile.Read(ref purges) == 1);
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(Volatile.Read(ref lists) == 0 ? 250 : 0));
            return Volatile.Read(ref lists) > 0;
        });
        for (int write = 0; write < 200; write++)
        {
            (await node.DoAsync(Given.Add(1))).Accepted();
        }

        Assert.InRange(Volatile.Read(ref lists), 1, 3);
        node.Gate.BeforeListErasures = null;
        await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            return Volatile.Read(ref purges) > 1;
        });
        await WaitUntilErasedAsync(node);
    }

    [Fact]
    public async Task After_a_long_time_without_a_readable_list_a_purge_that_is_due_waits_no_longer_than_for_the_next_look()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        SnapshotWriterOptions options = Node.SnapshotWriterOptions;
        (options.RetryDelay, options.ErasureInterval) = (TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        await using Node node = await Node.StartAsync(clock: clock, snapshotWriterOptions: options);
        int lists = 0;
        int purges = 0;
        node.Journal.BeforePurge = () =>
        {
            if (Interlocked.Increment(ref purges) == 1)
            {
                node.Gate.BeforeListErasures = () =>
                {
                    Interlocked.Increment(ref lists);
                    throw new StorageFailureException("Scripted: the list cannot be read.");
                };
                throw new JournalException("Scripted: the disk is full.");
            }
        };
        (await node.DoAsync(Given.Add(1))).Accepted();
        (await node.DoAsync(Given.Flush())).Accepted();
        (await node.DoAsync(new EraseAccount(Given.Carol))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        await AdvanceUntilAsync(() => Volatile.Read(ref lists) >= 100);

        node.Gate.BeforeListErasures = null;
        DateTimeOffset readable = clock.GetUtcNow();
        await AdvanceUntilAsync(() => Volatile.Read(ref purges) > 1);
        Assert.InRange(clock.GetUtcNow() - readable, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await WaitUntilErasedAsync(node);

        async Task AdvanceUntilAsync(Func<bool> holds) => await Eventually.TrueAsync(() =>
        {
            clock.Advance(TimeSpan.FromMilliseconds(250));
            return holds();
        });
    }

    [Fact]
    public async Task A_repair_writes_nothing_of_an_account_that_is_erased_meanwhile()
    {
        await using Node node = await Node.StartAsync(new MemoryJournal(TimeProvider.System));
        Sequence opening = (await node.DoAsync(Given.Add(10))).Accepted().Id.Sequence;
        (await node.DoAsync(Given.Add(20))).Accepted();
        IReadOnlyList<Commit> commits = node.Store.Commits;
        AccountScan scan = new(node.Store, [Given.Carol], 100);
        await scan.ReadThroughAsync(commits[0].Last, Token);
        Assert.False(scan.IsOutdated);
        await node.Store.EraseTextsAsync(new AccountErasure(opening, opening), opening, Token);
        await scan.ReadThroughAsync(commits[1].Last, Token);
        Assert.True(scan.IsOutdated);
    }

    private static async Task<MemoryJournal> WriteErasedAsync()
    {
        await using Node node = await Node.StartAsync();
        (await node.DoAsync(Given.Add(10))).Accepted();
        (await node.DoAsync(Given.Flush())).Accepted();
        (await node.DoAsync(new EraseAccount(Given.Carol))).Accepted();
        await WaitUntilErasedAsync(node);
        return node.Store;
    }

    private static async Task WaitUntilErasedAsync(Node node)
    {
        await node.Partition.WaitUntilStoredAsync(Token);
        await Eventually.TrueAsync(async () => (await node.AccountStore.ListErasuresAsync(Sequence.Zero, 10, Token)).Count == 0, "All erasures are finished.");
    }
}
