using Pointbook.Engine.Journal;
using Pointbook.Engine.Tests.Support;
using Pointbook.StorageContract.Memory;

namespace Pointbook.Engine.Tests.Journal;

/// <summary>A partition tells those who follow its journal of each commit.</summary>
public sealed class CommitSignalTests
{
    private static readonly TimeSpan WithinMax = TimeSpan.FromMinutes(1);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void It_wakes_all_who_asked_before_a_commit_and_nobody_who_asks_after_it()
    {
        CommitSignal signal = new();
        signal.Raise();
        Task one = signal.NextAsync();
        Task other = signal.NextAsync();
        Assert.False(one.IsCompleted);
        signal.Raise();
        Assert.True(one.IsCompletedSuccessfully && other.IsCompletedSuccessfully);
        Assert.False(signal.NextAsync().IsCompleted);
    }

    [Fact]
    public async Task A_commit_of_the_partition_is_in_the_journal_when_the_partition_tells_of_it()
    {
        await using Node node = await Node.StartAsync();
        Task next = node.Partition.Journal.Commits.NextAsync();
        Assert.Equal(0, await node.PointsAsync(Given.Carol));
        Assert.False(next.IsCompleted);
        Task telling = next.ContinueWith(_ => Assert.NotEmpty(node.Store.Commits), TaskScheduler.Default);
        (await node.DoAsync(Given.Add(10))).Accepted();
        await telling.WaitAsync(WithinMax, Token);
    }

    [Fact]
    public async Task A_partition_that_reads_the_commits_of_another_process_tells_of_them()
    {
        await using Node one = await Node.StartAsync(new MemoryJournal(TimeProvider.System) { IsShared = true });
        await using Node two = await Node.StartAsync(one.Store, one.AccountStore);
        Task next = two.Partition.Journal.Commits.NextAsync();
        (await one.DoAsync(Given.Add(10))).Accepted();
        Assert.Equal(10, await two.PointsAsync(Given.Carol));
        await next.WaitAsync(WithinMax, Token);
    }
}
