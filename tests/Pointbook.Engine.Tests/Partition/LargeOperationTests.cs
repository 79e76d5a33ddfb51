using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Entries;

namespace Pointbook.Engine.Tests.Partition;

public sealed class LargeOperationTests
{
    private const int SharedMax = 20;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SharedMax - 1, 1)]
    [InlineData(SharedMax, 3)]
    public async Task A_command_with_too_many_entries_to_share_a_commit_commits_alone(int lots, int commits)
    {
        await using Node node = await StartWithLotsAsync(lots);
        int before = node.Store.Commits.Count;
        Task<Outcome<Receipt>>[] together = await SendTogetherAsync(
            node, () => [node.DoAsync(Given.Add(1, account: Given.Dave)), node.DoAsync(Given.Spend(lots)), node.DoAsync(Given.Add(2, account: Given.Dave))]);

        Assert.All(await Task.WhenAll(together), outcome => outcome.Accepted());
        Commit[] written = [.. node.Store.Commits.Skip(before + 1)];
        Assert.Equal(commits, written.Length);
        Commit large = written.Single(commit => commit.Entries.Any(entry => entry.Kind == EntryKind.Spend));
        Assert.Equal(commits > 1, large.Entries.All(entry => entry.Account == Given.Carol));
        Assert.Equal(3, await node.PointsAsync(Given.Dave));
        Assert.Equal(0, await node.PointsAsync(Given.Carol));
        await node.VerifyAsync();
    }

    [Fact]
    public async Task Commands_before_a_large_command_are_answered_first_and_in_order()
    {
        await using Node node = await StartWithLotsAsync(SharedMax);
        Task<Outcome<Receipt>>[] together = await SendTogetherAsync(
            node,
            () =>
            [
                node.DoAsync(Given.Add(5, day: 900)), node.DoAsync(Given.Spend(SharedMax + 5)), node.DoAsync(Given.Spend(1)),
            ]);

        Outcome<Receipt>[] outcomes = await Task.WhenAll(together);
        outcomes[0].Accepted();
        Assert.Equal(-(SharedMax + 5), outcomes[1].Accepted().Operation.Points.Value);
        Assert.Equal(Ledger.Commands.RefusalCode.InsufficientPoints, outcomes[2].Code());
    }

    [Fact]
    public async Task A_large_number_of_expiring_lots_commits_alone()
    {
        Microsoft.Extensions.Time.Testing.FakeTimeProvider clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));
        await using Node node = await StartWithLotsAsync(SharedMax + 1, clock, expiresAtDay: 2_500);
        clock.Advance(TimeSpan.FromDays(400));
        int before = node.Store.Commits.Count;
        Task<Outcome<Receipt>>[] together = await SendTogetherAsync(
            node, () => [node.DoAsync(Given.Add(1, account: Given.Dave)), node.DoAsync(Given.Add(7, day: 900)), node.DoAsync(Given.Add(2, account: Given.Dave))]);

        Assert.All(await Task.WhenAll(together), outcome => outcome.Accepted());
        Commit expired = node.Store.Commits.Skip(before).Single(commit => commit.Entries.Any(entry => entry.Kind == EntryKind.Expiry));
        Assert.All(expired.Entries, entry => Assert.Equal(Given.Carol, entry.Account));
        Assert.Equal(7, await node.PointsAsync(Given.Carol));
    }

    [Fact]
    public async Task A_large_command_begins_the_next_batch_even_if_another_account_was_loaded_meanwhile()
    {
        await using Node node = await StartWithLotsAsync(SharedMax);
        Ledger.Values.AccountId stranger = Ledger.Values.AccountId.FromTrusted("stranger");
        TaskCompletionSource loaded = new();
        TaskCompletionSource delivered = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int loads = 0;
        node.Gate.AfterLoad = () => Interlocked.Increment(ref loads) == 1 ? loaded.Task : Task.CompletedTask;
        node.Gate.AfterDelivery = () => loaded.Task.IsCompleted ? Task.FromResult(delivered.TrySetResult()) : Task.CompletedTask;
        Task<Outcome<Receipt>> waiting = node.DoAsync(Given.Add(1, account: stranger));
        await Eventually.TrueAsync(() => Volatile.Read(ref loads) == 1);
        int before = node.Store.Commits.Count;
        Task<Outcome<Receipt>>[] together = await SendTogetherAsync(
            node,
            () => [node.DoAsync(Given.Add(1, account: Given.Dave)), node.DoAsync(Given.Spend(SharedMax))],
            duringNext: () =>
            {
                loaded.TrySetResult();
                return delivered.Task;
            });

        Assert.All(await Task.WhenAll([.. together, waiting]), outcome => outcome.Accepted());
        Assert.Equal([Given.Dave, Given.Carol, stranger], node.Store.Commits.Skip(before + 1).Select(commit => commit.Entries[0].Account));
    }

    [Fact]
    public async Task The_account_of_a_large_command_stays_in_memory_until_the_command_is_decided()
    {
        await using Node node = await StartWithLotsAsync(SharedMax, cacheBytes: 0);
        int loads = 0;
        node.AccountStore.Edit = snapshot =>
        {
            loads += snapshot.Account == Given.Carol ? 1 : 0;
            return snapshot;
        };
        Task<Outcome<Receipt>>[] together = await SendTogetherAsync(
            node, () => [node.DoAsync(Given.Add(1, day: 900)), node.DoAsync(Given.Spend(SharedMax))]);

        Assert.All(await Task.WhenAll(together), outcome => outcome.Accepted());
        Assert.Equal(1, loads);
    }

    private static async Task<Node> StartWithLotsAsync(
        int lots, TimeProvider? clock = null, int? expiresAtDay = null, long cacheBytes = 1L << 30)
    {
        PartitionOptions options = Node.Options;
        options.CacheBytesMax = cacheBytes;
        options.SharedOperationEntriesMax = SharedMax;
        Node node = await Node.StartAsync(options: options, clock: clock);
        // The account is loaded first, because a command that waits for a load is decided later than the others.
        await node.PointsAsync(Given.Dave);
        for (int day = 1; day <= lots; day++)
        {
            (await node.DoAsync(Given.Add(1, day) with { ExpiresAt = expiresAtDay is { } end ? Given.Day(end) : null })).Accepted();
        }

        return node;
    }

    /// <summary>Sends commands that wait together during the commit of another command.</summary>
    private static async Task<Task<Outcome<Receipt>>[]> SendTogetherAsync(
        Node node, Func<Task<Outcome<Receipt>>[]> send, Func<Task>? duringNext = null)
    {
        TaskCompletionSource hold = new();
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        node.Journal.BeforeAppend = () =>
        {
            reached.TrySetResult();
            return hold.Task;
        };
        Task<Outcome<Receipt>> first = node.DoAsync(Given.Add(1, account: Ledger.Values.AccountId.FromTrusted("erin")));
        await reached.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        Task<Outcome<Receipt>>[] together = send();
        node.Journal.BeforeAppend = duringNext;
        hold.SetResult();
        (await first).Accepted();
        return together;
    }
}
