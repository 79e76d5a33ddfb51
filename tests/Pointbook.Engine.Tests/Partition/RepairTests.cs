using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>The snapshot writer repairs the rows of a damaged account, or the log gives the reason why it does not.</summary>
public sealed class RepairTests
{
    private const int AccountRepaired = 1025;
    private const int AccountNotRepaired = 1027;

    private readonly RecordingLogger _log = new();

    [Fact]
    public async Task A_repair_continues_once_a_failed_store_recovers()
    {
        await using Node node = await StartWithDamageAsync(new SnapshotWriterOptions());
        int failures = 0;
        node.Gate.BeforeReadPosition = () => Interlocked.Increment(ref failures) <= 8 ? throw new StorageFailureException("a test") : Task.CompletedTask;
        await LoadOnceAsync(node);
        // The rows are valid again, so reads succeed until the account is marked as damaged.
        await Eventually.TrueAsync(() => Volatile.Read(ref failures) > 8 && _log.MessagesOf(AccountRepaired).Count > 0);
        await Eventually.TrueAsync(async () => (await node.AskAsync(Given.Carol)).Value?.Points.Value == 30);
        Assert.Empty(_log.MessagesOf(AccountNotRepaired));
        Assert.Single(_log.MessagesOf(AccountRepaired));
        Assert.Equal(0, node.Partition.Health.DamagedAccounts);
    }

    [Theory]
    [InlineData(3, null)]
    [InlineData(2, "together with the other damaged accounts it has more than 2 entries")]
    [InlineData(0, "repairs are disabled")]
    public async Task A_repair_keeps_no_more_entries_than_its_bound(int entriesMax, string? reason)
    {
        await using Node node = await StartWithDamageAsync(new SnapshotWriterOptions { RepairEntriesMax = entriesMax });
        await LoadOnceAsync(node);
        await Eventually.TrueAsync(() => _log.MessagesOf(reason is null ? AccountRepaired : AccountNotRepaired).Count > 0);
        Assert.Equal(reason is null ? null : RefusalCode.AccountDamaged, (await node.AskAsync(Given.Carol)).Refusal?.Code);
        Assert.All(_log.MessagesOf(AccountNotRepaired), message => Assert.Contains(reason!, message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_repair_that_finds_a_damaged_journal_logs_it_and_ends()
    {
        await using Node node = await StartWithDamageAsync(new SnapshotWriterOptions());
        node.Store.Damage(new Sequence(2));
        await LoadOnceAsync(node);
        await Eventually.TrueAsync(() => _log.MessagesOf(AccountNotRepaired).Count > 0);
        Assert.Contains("the journal is damaged", Assert.Single(_log.MessagesOf(AccountNotRepaired)), StringComparison.Ordinal);
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Given.Carol)).Refusal?.Code);
    }

    [Fact]
    public async Task An_account_that_is_damaged_repeatedly_is_not_repaired_forever()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using Node node = await StartWithDamageAsync(new SnapshotWriterOptions(), clock);
        for (int time = 1; time <= 4; time++)
        {
            clock.Advance(TimeSpan.FromSeconds(11));
            await LoadOnceAsync(node);
            await Eventually.TrueAsync(() => _log.MessagesOf(AccountRepaired).Count == time || _log.MessagesOf(AccountNotRepaired).Count > 0);
        }

        Assert.Contains("after 3 repairs", Assert.Single(_log.MessagesOf(AccountNotRepaired)), StringComparison.Ordinal);
        Assert.Equal(3, _log.MessagesOf(AccountRepaired).Count);
    }

    [Fact]
    public async Task A_load_that_reports_old_damage_after_a_repair_is_ignored()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using Node node = await StartWithDamageAsync(new SnapshotWriterOptions(), clock);
        await LoadOnceAsync(node);
        await Eventually.TrueAsync(() => _log.MessagesOf(AccountRepaired).Count > 0);
        await LoadOnceAsync(node);
        Assert.Equal((0, false), (node.Partition.Health.DamagedAccounts, node.AccountStore.HasDamagedAccounts));
        Assert.Equal(30, await node.PointsAsync(Given.Carol));
        Assert.Single(_log.MessagesOf(AccountRepaired));

        // Damage that remains after this time counts as new damage.
        clock.Advance(TimeSpan.FromSeconds(11));
        await LoadOnceAsync(node);
        await Eventually.TrueAsync(() => _log.MessagesOf(AccountRepaired).Count > 1);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_a_repair()
    {
        await using Node node = await StartWithDamageAsync(new SnapshotWriterOptions());
        TaskCompletionSource reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Gate.BeforeReadPosition = () =>
        {
            reading.TrySetResult();
            throw new StorageFailureException("a test");
        };
        await LoadOnceAsync(node);
        await reading.Task.WaitAsync(TestContext.Current.CancellationToken);
        await node.Partition.StopAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    /// <summary>Starts a node on two accounts of three credits each.</summary>
    private async Task<Node> StartWithDamageAsync(SnapshotWriterOptions options, TimeProvider? clock = null)
    {
        await using Node before = await Node.StartAsync(clock: clock);
        for (int credit = 0; credit < 3; credit++)
        {
            (await before.DoAsync(Given.Add(10))).Accepted();
            (await before.DoAsync(Given.Add(10, account: Given.Dave))).Accepted();
        }

        await before.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        (options.RoundDelay, options.RetryDelay) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        return await Node.StartAsync(before.Store, before.AccountStore, clock, options: new PartitionOptions { RetryDelayMax = TimeSpan.FromMilliseconds(1), CacheBytesMax = 1 }, snapshotWriterOptions: options, logger: _log);
    }

    /// <summary>Queries an account with damaged rows once, and then undoes the damage.</summary>
    private static async Task LoadOnceAsync(Node node)
    {
        node.AccountStore.Edit = snapshot => snapshot.Account == Given.Carol ? snapshot with { Lots = [] } : snapshot;
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Given.Carol)).Refusal?.Code);
        node.AccountStore.Edit = null;
    }
}
