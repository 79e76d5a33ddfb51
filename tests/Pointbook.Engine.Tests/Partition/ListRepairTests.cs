using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;
using Given = Pointbook.Engine.Tests.Support.Given;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>A damaged directory is rewritten from the journal while the partition runs, and accounts that have entries do not notice.</summary>
public sealed class ListRepairTests
{
    private const int AccountDamaged = 1024;
    private const int AccountNotRepaired = 1027;
    private const int JournalDamaged = 1050;
    private const int DirectoryDamaged = 1070;
    private const int DirectoryRewritten = 1072;
    private const int ListsNotRewritten = 1073;

    private readonly RecordingLogger _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static AccountId Stranger => AccountId.FromTrusted("stranger");

    [Fact]
    public async Task A_damaged_directory_costs_accounts_without_entries_until_it_is_rewritten()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        TaskCompletionSource held = new();
        node.AccountStore.DirectoryDamage = "a test";
        node.Gate.BeforeReadPosition = () => held.Task;
        for (int request = 0; request < 3; request++)
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Stranger)).Refusal?.Code);
            Assert.Equal(30, await node.PointsAsync(Given.Carol));
        }

        Assert.Equal((true, true, 0), (node.Partition.Health.IsReady, node.Partition.Health.IsDirectoryDamaged, node.Partition.Health.DamagedAccounts));
        held.SetResult();
        await Eventually.TrueAsync(async () => (await node.AskAsync(Stranger)).Value?.Points.Value == 0);
        await Eventually.TrueAsync(() => !node.Partition.Health.IsDirectoryDamaged);
        Assert.False(node.AccountStore.HasDamagedAccounts);
        Assert.Contains("a test", Assert.Single(_log.MessagesOf(DirectoryDamaged)), StringComparison.Ordinal);
        Assert.Contains("2 accounts", Assert.Single(_log.MessagesOf(DirectoryRewritten)), StringComparison.Ordinal);
        Assert.Empty(_log.MessagesOf(AccountDamaged));
    }

    [Fact]
    public async Task An_account_that_a_round_could_not_open_is_repaired_after_the_directory()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        Assert.Equal(0, await node.PointsAsync(Stranger));
        node.AccountStore.DirectoryDamage = "a test";
        (await node.DoAsync(Given.Add(7, account: Stranger))).Accepted();
        await Eventually.TrueAsync(() => _log.MessagesOf(DirectoryRewritten).Count > 0);
        await Eventually.TrueAsync(() => node.AccountStore.ReadTables().Accounts.Count == 3 && !node.AccountStore.HasDamagedAccounts);
        Assert.Equal(7, await node.PointsAsync(Stranger));
        Assert.Single(_log.MessagesOf(DirectoryDamaged));
    }

    [Fact]
    public async Task Without_repairs_the_account_is_marked_for_the_next_start()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions { RepairEntriesMax = 0 });
        node.AccountStore.DirectoryDamage = "a test";
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Stranger)).Refusal?.Code);
        await Eventually.TrueAsync(() => node.AccountStore.HasDamagedAccounts);
        Assert.Equal((1, false), (node.Partition.Health.DamagedAccounts, node.Partition.Health.IsDirectoryDamaged));
        Assert.NotNull(node.AccountStore.DirectoryDamage);
    }

    [Fact]
    public async Task A_directory_that_is_damaged_again_and_again_is_rewritten_at_a_bounded_pace()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using Node node = await StartAsync(new SnapshotWriterOptions(), clock);
        await RewriteOnceAsync(node, clock);
        Assert.Equal(0, await node.PointsAsync(Stranger));

        // Within 10 s, a report may be about the damage before.
        node.AccountStore.DirectoryDamage = "a test";
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(AccountId.FromTrusted("other"))).Refusal?.Code);
        Assert.False(node.Partition.Health.IsDirectoryDamaged);

        // Later it is about new damage. The directory stays damaged until the pause is over, and accounts wait for it.
        clock.Advance(TimeSpan.FromSeconds(20));
        (await node.DoAsync(Given.Add(7, account: Stranger))).Accepted();
        await Eventually.TrueAsync(() => node.Partition.Health is { IsDirectoryDamaged: true, DamagedAccounts: 1 });
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(AccountId.FromTrusted("other"))).Refusal?.Code);
        Assert.Equal((1, "a test"), (_log.MessagesOf(DirectoryRewritten).Count, node.AccountStore.DirectoryDamage));

        clock.Advance(TimeSpan.FromSeconds(100));
        await Eventually.TrueAsync(async () => (await node.AskAsync(AccountId.FromTrusted("other"))).Value is not null);
        await Eventually.TrueAsync(() => node.Partition.Health is { IsDirectoryDamaged: false, DamagedAccounts: 0 });
        Assert.Equal((2, 2), (_log.MessagesOf(DirectoryDamaged).Count, _log.MessagesOf(DirectoryRewritten).Count));
        Assert.Empty(_log.MessagesOf(AccountNotRepaired));
        Assert.Equal(7, await node.PointsAsync(Stranger));
    }

    [Fact]
    public async Task Requests_that_need_a_damaged_directory_do_not_keep_an_account_from_its_repair()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        Assert.Equal(0, await node.PointsAsync(Stranger));
        TaskCompletionSource held = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Gate.BeforeReadPosition = () => held.Task;
        node.AccountStore.DirectoryDamage = "a test";
        for (int request = 0; request < 1_001; request++)
        {
            Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(AccountId.FromTrusted("other"))).Refusal?.Code);
        }

        (await node.DoAsync(Given.Add(7, account: Stranger))).Accepted();
        await Eventually.TrueAsync(() => node.Partition.Health.DamagedAccounts == 1);
        held.SetResult();
        await Eventually.TrueAsync(() => node.AccountStore.ReadTables().Accounts.Count == 3 && !node.AccountStore.HasDamagedAccounts);
        Assert.Empty(_log.MessagesOf(AccountNotRepaired));
    }

    [Fact]
    public async Task A_directory_that_was_emptied_with_the_other_tables_is_not_damaged_any_more()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await using Node node = await StartAsync(new SnapshotWriterOptions(), clock);
        await RewriteOnceAsync(node, clock);
        clock.Advance(TimeSpan.FromSeconds(20));
        node.AccountStore.DirectoryDamage = "a test";
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Stranger)).Refusal?.Code);
        Assert.True(node.Partition.Health.IsDirectoryDamaged);

        // The pause before the next rewriting does not end, because the clock stands still.
        node.AccountStore.Damage = "a test";
        node.Partition.ReportBehind();
        await Eventually.TrueAsync(() => node.Partition.Health is { IsDirectoryDamaged: false, IsReady: true });
        Assert.Equal(0, await node.PointsAsync(Stranger));
        Assert.Single(_log.MessagesOf(DirectoryRewritten));
    }

    [Fact]
    public async Task A_directory_is_not_rewritten_forever_from_a_journal_that_opens_an_account_twice()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        JournalHead head = await node.Store.ReadHeadAsync(Token);
        Entry again = StorageContract.Support.Given.Credit(head.Last.Next, account: Given.Carol.Value);
        CommitTime time = new(head.DecidedAt, head.RecordedAt.PlusClamped(TimeSpan.FromMilliseconds(1)));
        Commit commit = new CommitSealer(TestSalts.Create()).Seal(head, 0, new Guid(1, 0, 0, new byte[8]), time, [again]);
        Assert.Equal(AppendResult.Appended, await node.Store.AppendAsync(commit, Token));
        await node.AccountStore.MarkDamagedAsync(new AccountDamagedException(Given.Carol, "a test"), Token);
        Assert.True(await node.AccountStore.ApplyAsync(SnapshotRound.From([commit]), Token));
        node.AccountStore.DirectoryDamage = "a test";
        await node.AskAsync(Stranger);
        await Eventually.TrueAsync(() => _log.MessagesOf(ListsNotRewritten).Count > 0);
        Assert.Contains($"{again.Sequence}", Assert.Single(_log.MessagesOf(JournalDamaged)), StringComparison.Ordinal);
        Assert.Equal("a test", node.AccountStore.DirectoryDamage);
    }

    [Fact]
    public async Task A_directory_is_rewritten_when_a_store_that_failed_works_again()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        int failures = 0;
        node.Gate.BeforeReadPosition = () => Interlocked.Increment(ref failures) <= 8 ? throw new StorageFailureException("a test") : Task.CompletedTask;
        node.AccountStore.DirectoryDamage = "a test";
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Stranger)).Refusal?.Code);
        await Eventually.TrueAsync(async () => (await node.AskAsync(Stranger)).Value is not null);
        Assert.True(Volatile.Read(ref failures) > 8);
        Assert.Single(_log.MessagesOf(DirectoryDamaged));
    }

    [Fact]
    public async Task A_directory_is_not_rewritten_from_a_damaged_journal()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        node.Store.Damage(new Sequence(2));
        node.AccountStore.DirectoryDamage = "a test";
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Stranger)).Refusal?.Code);
        await Eventually.TrueAsync(() => _log.MessagesOf(ListsNotRewritten).Count > 0);
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Stranger)).Refusal?.Code);
        Assert.Equal(30, await node.PointsAsync(Given.Carol));
        Assert.Empty(_log.MessagesOf(DirectoryRewritten));
        Assert.True(node.Partition.Health.IsDirectoryDamaged);
    }

    [Fact]
    public async Task A_directory_is_not_rewritten_from_a_journal_that_lacks_the_key_of_an_account()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        await node.Store.EraseTextsAsync(new AccountErasure(new Sequence(1), new Sequence(1)), new Sequence(1), Token);
        node.AccountStore.DirectoryDamage = "a test";
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Stranger)).Refusal?.Code);
        await Eventually.TrueAsync(() => _log.MessagesOf(ListsNotRewritten).Count > 0);
        Assert.Equal("a test", node.AccountStore.DirectoryDamage);
    }

    [Fact]
    public async Task A_stop_does_not_wait_for_the_directory()
    {
        await using Node node = await StartAsync(new SnapshotWriterOptions());
        TaskCompletionSource reading = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Gate.BeforeReadPosition = () =>
        {
            reading.TrySetResult();
            throw new StorageFailureException("a test");
        };
        node.AccountStore.DirectoryDamage = "a test";
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Stranger)).Refusal?.Code);
        await reading.Task.WaitAsync(Token);
        await node.Partition.StopAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token);
    }

    /// <summary>Has the directory rewritten. Reading the journal takes 10 s, so the next pause is 100 s.</summary>
    private async Task RewriteOnceAsync(Node node, FakeTimeProvider clock)
    {
        node.Gate.BeforeReadPosition = () =>
        {
            node.Gate.BeforeReadPosition = null;
            clock.Advance(TimeSpan.FromSeconds(10));
            return Task.CompletedTask;
        };
        node.AccountStore.DirectoryDamage = "a test";
        Assert.Equal(RefusalCode.AccountDamaged, (await node.AskAsync(Stranger)).Refusal?.Code);
        await Eventually.TrueAsync(() => _log.MessagesOf(DirectoryRewritten).Count == 1 && !node.Partition.Health.IsDirectoryDamaged);
    }

    /// <summary>Starts a node on two accounts of three credits each.</summary>
    private async Task<Node> StartAsync(SnapshotWriterOptions options, TimeProvider? clock = null)
    {
        await using Node before = await Node.StartAsync(clock: clock);
        for (int credit = 0; credit < 3; credit++)
        {
            (await before.DoAsync(Given.Add(10))).Accepted();
            (await before.DoAsync(Given.Add(10, account: Given.Dave))).Accepted();
        }

        await before.Partition.WaitUntilStoredAsync(Token);
        (options.RoundDelay, options.RetryDelay) = (TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        // A read of the whole journal by the read model would be another one that the tests see.
        return await Node.StartAsync(before.Store, before.AccountStore, clock, snapshotWriterOptions: options, logger: _log, withReadModel: false);
    }
}
