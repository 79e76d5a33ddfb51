using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Queries;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Commands;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Partition;

/// <summary>The server tries an unavailable store many times a second. The log reports only when the store failed and when it worked again.</summary>
public sealed class LogTests
{
    private const int HeadUnreadable = 1004;
    private const int LoadFailed = 1006;
    private const int HeadKnownAgain = 1007;
    private const int RoundFailed = 1010;
    private const int StoresAgain = 1019;
    private const int CommitsLate = 1020;
    private const int StoreUnreadable = 1026;
    private const int CommitsEarly = 1030;
    private const int JournalDamaged = 1050;

    [Fact]
    public async Task An_unreadable_journal_and_its_recovery_are_each_logged_once()
    {
        RecordingLogger log = new();
        await using Node node = await Node.StartAsync(logger: log);
        node.Journal.Script(AppendFault.FailBefore);
        node.Journal.ReadsToFail = 10;
        for (int request = 0; request < 8; request++)
        {
            Assert.Equal(RefusalCode.StorageUnavailable, (await node.DoAsync(Given.Add(1))).Code());
        }

        Assert.Single(log.MessagesOf(HeadUnreadable));
        Assert.Empty(log.MessagesOf(HeadKnownAgain));
        node.Journal.ReadsToFail = 0;
        (await node.DoAsync(Given.Add(1))).Accepted();
        (await node.DoAsync(Given.Add(1))).Accepted();
        Assert.Single(log.MessagesOf(HeadKnownAgain));
    }

    [Fact]
    public async Task Commits_ahead_of_the_clock_of_the_store_are_logged_once_until_one_is_appended()
    {
        RecordingLogger log = new();
        await using Node node = await Node.StartAsync(logger: log);
        node.Journal.Script([.. Enumerable.Repeat(AppendFault.Early, 2 * Node.Options.AttemptsMax)]);
        Assert.Equal(RefusalCode.ClockDisagrees, (await node.DoAsync(Given.Add(1))).Code());
        Assert.Equal(RefusalCode.ClockDisagrees, (await node.DoAsync(Given.Add(1))).Code());
        Assert.Contains("ahead of its clock", Assert.Single(log.MessagesOf(CommitsEarly)), StringComparison.Ordinal);
        Assert.False(node.Partition.Health.CanAppend);
    }

    [Fact]
    public async Task Late_commits_are_logged_once_until_one_is_appended()
    {
        RecordingLogger log = new();
        await using Node node = await Node.StartAsync(logger: log);
        node.Journal.Script([.. Enumerable.Repeat(AppendFault.Late, 2 * Node.Options.AttemptsMax)]);
        Assert.Equal(RefusalCode.ClockDisagrees, (await node.DoAsync(Given.Add(1))).Code());
        Assert.Equal(RefusalCode.ClockDisagrees, (await node.DoAsync(Given.Add(1))).Code());
        Assert.Contains("skew", Assert.Single(log.MessagesOf(CommitsLate)), StringComparison.Ordinal);

        (await node.DoAsync(Given.Add(1))).Accepted();
        node.Journal.Script(AppendFault.Late);
        (await node.DoAsync(Given.Add(1))).Accepted();
        Assert.Equal(2, log.MessagesOf(CommitsLate).Count);
    }

    [Fact]
    public async Task Failed_loads_are_logged_once_per_cause_until_one_succeeds()
    {
        RecordingLogger log = new();
        await using Node node = await Node.StartAsync(logger: log);
        string reason = "Gone.";
        node.AccountStore.BeforeLoad = () => throw new StorageFailureException(reason);
        await RefuseAsync(5);
        Assert.Single(log.MessagesOf(LoadFailed));
        reason = "Still gone.";
        await RefuseAsync(5);
        Assert.Equal(2, log.MessagesOf(LoadFailed).Count);

        Func<Task> broken = node.AccountStore.BeforeLoad;
        node.AccountStore.BeforeLoad = null;
        (await node.DoAsync(Given.Add(1, account: Given.Dave))).Accepted();
        node.AccountStore.BeforeLoad = broken;
        await RefuseAsync(5);
        Assert.Equal(3, log.MessagesOf(LoadFailed).Count);

        async Task RefuseAsync(int times)
        {
            for (int request = 0; request < times; request++)
            {
                Assert.Equal(RefusalCode.StorageUnavailable, (await node.DoAsync(Given.Add(1))).Code());
            }
        }
    }

    [Fact]
    public async Task A_failed_read_is_logged_with_its_cause_once_a_minute_per_cause()
    {
        RecordingLogger log = new();
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using Node node = await Node.StartAsync(logger: log, clock: clock);
        (await node.DoAsync(Given.Add(1))).Accepted();
        BrokenAccountStore accountStore = new(node.Gate) { OnList = new StorageFailureException("Gone.") };
        using LedgerQueries queries = new(
            [node.Partition],
            [new StoredPartition(node.Journal, accountStore, node.ReadModel)],
            new QueryOptions(),
            clock,
            failures: FailureLog.OfReads(log, clock));
        await RefuseAsync(3);
        Assert.Single(log.MessagesOf(StoreUnreadable));
        accountStore.OnList = new AccountStoreDamagedException("Damaged.");
        await RefuseAsync(3);
        Assert.Equal(2, log.MessagesOf(StoreUnreadable).Count);
        clock.Advance(TimeSpan.FromMinutes(1));
        await RefuseAsync(3);
        Assert.Equal(3, log.MessagesOf(StoreUnreadable).Count);

        async Task RefuseAsync(int times)
        {
            for (int read = 0; read < times; read++)
            {
                Assert.Equal(
                    RefusalCode.StorageUnavailable,
                    (await queries.ListAccountsAsync("", null, 10, TestContext.Current.CancellationToken)).Refusal?.Code);
            }
        }
    }

    [Fact]
    public async Task A_failed_read_of_a_spend_is_logged_with_its_cause()
    {
        RecordingLogger log = new();
        await using Node node = await Node.StartAsync(logger: log);
        (await node.DoAsync(Given.Add(1))).Accepted();
        Receipt spend = (await node.DoAsync(Given.Spend(1))).Accepted();
        // Until the entry is in the account store, the partition reads it from memory.
        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        node.Journal.ReadFailure = new JournalException("Gone.");
        for (int read = 0; read < 3; read++)
        {
            Assert.Equal(
                RefusalCode.StorageUnavailable,
                (await node.Partition.ReadSpendAsync(Given.Carol, spend.Id, TestContext.Current.CancellationToken)).Refusal?.Code);
        }

        Assert.Single(log.MessagesOf(StoreUnreadable));
    }

    [Fact]
    public async Task A_feed_logs_once_why_it_cannot_be_read_and_reports_a_damaged_head()
    {
        RecordingLogger log = new();
        FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using Node node = await Node.StartAsync(clock: clock);
        JournalDamage damage = new(log);
        DurableJournalFeed feed = new([node.Journal], damage, FailureLog.OfReads(log, clock));
        node.Journal.ReadFailure = new JournalException("Gone.");
        await Assert.ThrowsAsync<JournalException>(ReadAsync);
        await Assert.ThrowsAsync<JournalException>(ReadAsync);
        Assert.Single(log.MessagesOf(StoreUnreadable));
        Assert.False(damage.IsFound);

        node.Journal.ReadFailure = new JournalDamagedException(0, "Scripted.");
        await Assert.ThrowsAsync<JournalDamagedException>(ReadAsync);
        Assert.True(damage.IsFound);
        Assert.Single(log.MessagesOf(JournalDamaged));
        Assert.Single(log.MessagesOf(StoreUnreadable));

        async Task ReadAsync() => await feed.ReadHeadAsync(0, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_failing_account_store_and_its_recovery_are_each_logged_once()
    {
        RecordingLogger log = new();
        await using Node node = await Node.StartAsync(logger: log);
        int rounds = 0;
        node.AccountStore.BeforeApply = () =>
        {
            Interlocked.Increment(ref rounds);
            throw new StorageFailureException("Scripted.");
        };
        (await node.DoAsync(Given.Add(1))).Accepted();
        await Eventually.TrueAsync(() => Volatile.Read(ref rounds) > 5);
        Assert.Single(log.MessagesOf(RoundFailed));
        Assert.Empty(log.MessagesOf(StoresAgain));

        node.AccountStore.BeforeApply = null;
        await node.Partition.WaitUntilStoredAsync(TestContext.Current.CancellationToken);
        await Eventually.TrueAsync(() => node.Partition.Health.CanStoreAccounts);
        Assert.Single(log.MessagesOf(RoundFailed));
        Assert.Single(log.MessagesOf(StoresAgain));
    }
}
