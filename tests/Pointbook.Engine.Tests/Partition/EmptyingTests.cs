using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>An account store that is damaged as a whole is emptied and rebuilt while the partition runs.</summary>
public sealed class EmptyingTests
{
    private const int RoundFailed = 1010;
    private const int AccountStoreWentBack = 1015;
    private const int JournalDamaged = 1050;
    private const int AccountStoreEmptied = 1075;

    private readonly RecordingLogger _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Accounts_in_memory_are_served_during_the_rebuild_and_the_others_are_refused()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        Assert.Equal(10, await node.PointsAsync(Given.Carol));
        TaskCompletionSource held = new();
        node.Gate.BeforeApply = _ => held.Task;
        node.AccountStore.Damage = "a test";
        node.Partition.ReportBehind();
        await Eventually.TrueAsync(() => !node.Partition.Health.CanStoreAccounts && node.AccountStore.ReadTables().Accounts.Count == 0);

        (await node.DoAsync(Given.Add(1))).Accepted();
        Assert.Equal(11, await node.PointsAsync(Given.Carol));
        Assert.Equal(RefusalCode.CatchingUp, (await node.AskAsync(Given.Dave)).Refusal?.Code);
        Assert.Equal(RefusalCode.CatchingUp, (await node.DoAsync(Given.Add(1, account: Given.Dave))).Code());
        held.SetResult();
        await Eventually.TrueAsync(async () => (await node.AskAsync(Given.Dave)).Value?.Points.Value == 10);
        await node.Partition.WaitUntilStoredAsync(Token);
        await Eventually.TrueAsync(() => node.Partition.Health.IsReady);
        Assert.Single(_log.MessagesOf(AccountStoreEmptied));
        Assert.Empty(_log.MessagesOf(AccountStoreWentBack));
        Assert.Equal([11L, 10L], node.AccountStore.ReadTables().Accounts.Select(account => account.Snapshot.Lots.Sum(lot => lot.Remaining.Value)));
    }

    [Fact]
    public async Task Tables_that_are_damaged_again_and_again_are_emptied_at_a_bounded_pace()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using Node node = await StartAsync(new SnapshotWriterOptions(), clock);
        node.AccountStore.Damage = "a test";
        node.Partition.ReportBehind();
        for (int time = 1; time <= 3; time++)
        {
            await EmptiedAsync();
            Assert.Equal(time, _log.MessagesOf(AccountStoreEmptied).Count);

            // The damage comes back at once. Rounds go on until the pause is over. Then a sweep looks again.
            node.AccountStore.Damage = "a test";
            node.Partition.ReportBehind();
            (await node.DoAsync(Given.Add(1))).Accepted();
            await node.Partition.WaitUntilStoredAsync(Token);
            Assert.Equal((time, "a test"), (_log.MessagesOf(AccountStoreEmptied).Count, node.AccountStore.Damage));
        }

        await EmptiedAsync();
        Assert.Equal(13, await node.PointsAsync(Given.Carol));

        async Task EmptiedAsync()
        {
            await Eventually.TrueAsync(() =>
            {
                clock.Advance(TimeSpan.FromSeconds(10));
                return node.AccountStore.Damage is null;
            });

            // From here on, the clock stands still, so the pause cannot end before the caller looks.
            await Eventually.TrueAsync(() => node.Partition.Health.IsReady);
        }
    }

    [Fact]
    public async Task A_failed_emptying_is_tried_again_without_the_pause_and_logged_once()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        int failures = 0;
        node.Gate.BeforeReset = () => Interlocked.Increment(ref failures) <= 3 ? throw new StorageFailureException("a test") : Task.CompletedTask;
        node.AccountStore.Damage = "a test";
        node.Partition.ReportBehind();

        // Three pauses take three minutes, and this waits two.
        await Eventually.TrueAsync(() => node.AccountStore.Damage is null && node.Partition.Health.IsReady);
        Assert.Equal((4, 1, 1), (failures, _log.MessagesOf(AccountStoreEmptied).Count, _log.MessagesOf(RoundFailed).Count));
        Assert.Equal(10, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task Rounds_go_on_although_a_look_at_the_tables_fails()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        node.Gate.BeforeReadPosition = () => throw new StorageFailureException("a test");
        node.Partition.ReportBehind();
        await Eventually.TrueAsync(() => !node.Partition.Health.IsReady);
        (await node.DoAsync(Given.Add(1))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        Assert.Equal(11L, node.AccountStore.ReadTables().Accounts[0].Snapshot.Lots.Sum(lot => lot.Remaining.Value));
        node.Gate.BeforeReadPosition = null;
        await Eventually.TrueAsync(() => node.Partition.Health.IsReady);
    }

    [Fact]
    public async Task Tables_are_not_filled_from_a_journal_that_lacks_the_key_of_an_account()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions(), cacheBytesMax: 0);
        await node.Store.EraseTextsAsync(new AccountErasure(new Sequence(1), new Sequence(1)), new Sequence(1), Token);
        node.AccountStore.Damage = "a test";
        node.Partition.ReportBehind();
        await Eventually.TrueAsync(() => _log.MessagesOf(JournalDamaged).Count > 0);
        for (int request = 0; request < 3; request++)
        {
            Assert.Equal(RefusalCode.CatchingUp, (await node.AskAsync(Given.Carol)).Refusal?.Code);
            Assert.Equal(RefusalCode.CatchingUp, (await node.DoAsync(Given.Add(1))).Code());
        }

        Assert.Empty(node.AccountStore.ReadTables().Accounts);
    }

    [Fact]
    public async Task Damage_is_found_although_rounds_succeed()
    {
        // The clock stands still, so that no sweep looks for damage later.
        await using Node node = await StartAsync(new SnapshotWriterOptions(), new FakeTimeProvider(TimeProvider.System.GetUtcNow()));
        node.Gate.Hold();
        (await node.DoAsync(Given.Add(1))).Accepted();
        node.AccountStore.Damage = "a test";
        (await node.DoAsync(Given.Add(1))).Accepted();
        node.Partition.ReportBehind();
        node.Gate.Release();
        await Eventually.TrueAsync(() => node.AccountStore.Damage is null);
        Assert.Equal(12, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task Without_repairs_the_next_start_rebuilds()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions { RepairEntriesMax = 0 });
        node.AccountStore.Damage = "a test";
        node.Partition.ReportBehind();
        (await node.DoAsync(Given.Add(1))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        Assert.Equal((true, "a test"), (node.Partition.Health.IsReady, node.AccountStore.Damage));
        await node.Partition.StopAsync(Token);

        await using Node next = await Node.StartAsync(node.Store, node.AccountStore);
        Assert.Null(node.AccountStore.Damage);
        Assert.Equal(11, await next.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task An_account_that_was_damaged_before_the_tables_were_emptied_can_be_found_damaged_again()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions(), cacheBytesMax: 0);
        TaskCompletionSource held = new();
        node.Gate.BeforeApply = _ => held.Task;
        node.AccountStore.Edit = snapshot => snapshot.Account == Given.Dave ? snapshot with { Lots = [] } : snapshot;
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Given.Dave)).Refusal?.Code);
        node.AccountStore.Damage = "a test";
        node.Partition.ReportBehind();
        held.SetResult();
        await Eventually.TrueAsync(() => _log.MessagesOf(AccountStoreEmptied).Count == 1 && node.Partition.Health.IsReady);
        node.AccountStore.Edit = null;
        await Eventually.TrueAsync(async () => (await node.AskAsync(Given.Dave)).Value?.Points.Value == 10);
        await Eventually.TrueAsync(() => node.Partition.Health.DamagedAccounts == 0 && !node.AccountStore.HasDamagedAccounts);
    }

    /// <summary>Starts a node on two accounts of one credit each.</summary>
    private async Task<Node> StartAsync(SnapshotWriterOptions options, TimeProvider? clock = null, long cacheBytesMax = 1 << 20)
    {
        await using Node before = await Node.StartAsync(clock: clock);
        (await before.DoAsync(Given.Add(10))).Accepted();
        (await before.DoAsync(Given.Add(10, account: Given.Dave))).Accepted();
        await before.Partition.WaitUntilStoredAsync(Token);
        options.RoundDelay = TimeSpan.Zero;
        options.RetryDelay = clock is null ? TimeSpan.FromMilliseconds(1) : options.RetryDelay;
        return await Node.StartAsync(
            before.Store, before.AccountStore, clock, new PartitionOptions { RetryDelayMax = TimeSpan.FromMilliseconds(1), CacheBytesMax = cacheBytesMax }, options, _log);
    }
}
