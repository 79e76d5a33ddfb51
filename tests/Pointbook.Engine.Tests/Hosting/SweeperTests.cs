using Microsoft.Extensions.Time.Testing;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Tests.Support;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Hosting;

public sealed class SweeperTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Accounts_without_requests_expire_too()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        Instant expiresAt = Instant.FromDateTimeOffset(_clock.GetUtcNow()).PlusClamped(Hour);
        foreach (AccountId account in Accounts(700))
        {
            (await node.DoAsync(Given.Add(10, account: account) with { ExpiresAt = expiresAt })).Accepted();
        }

        (await node.DoAsync(Given.Add(5, account: Given.Dave))).Accepted();
        (await node.DoAsync(Given.Hold(5, Hour, Given.Dave))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        Assert.Empty(await KindsAsync(node, EntryKind.Expiry));

        _clock.Advance(Hour);
        await SweepUntilAsync(async () => (await KindsAsync(node, EntryKind.Expiry)).Count == 700 && (await KindsAsync(node, EntryKind.Return)).Count == 1);
        Assert.Equal(5, await node.PointsAsync(Given.Dave));
        Assert.Equal(0, await node.PointsAsync(Accounts(1).Single()));
        await node.Partition.WaitUntilStoredAsync(Token);
        Assert.Empty(await node.Gate.ListDueAccountsAsync(Instant.FromDateTimeOffset(_clock.GetUtcNow()), 10, Token));
    }

    [Fact]
    public async Task Sweeping_writes_nothing_if_nothing_is_due()
    {
        await using Node node = await Node.StartAsync(clock: _clock);
        (await node.DoAsync(Given.Add(10) with { ExpiresAt = Instant.FromDateTimeOffset(_clock.GetUtcNow()).PlusClamped(Hour) })).Accepted();
        Receipt receipt = (await node.DoAsync(new Ledger.Commands.ExpireDue(Given.Carol))).Accepted();
        Assert.Empty(receipt.Operation.FirstEntries);
        Assert.Equal(new Sequence(1), (await node.Store.ReadHeadAsync(Token)).Last);
    }

    [Fact]
    public async Task A_partition_without_a_sweeper_writes_nothing_even_if_events_are_due()
    {
        await using Node node = await Node.StartAsync(clock: _clock, sweeps: false);
        await using Node swept = await Node.StartAsync(clock: _clock);
        foreach (Node each in new[] { node, swept })
        {
            (await each.DoAsync(Given.Add(10) with { ExpiresAt = Instant.FromDateTimeOffset(_clock.GetUtcNow()).PlusClamped(Hour) })).Accepted();
            await each.Partition.WaitUntilStoredAsync(Token);
        }

        _clock.Advance(Hour);
        await SweepUntilAsync(async () => (await KindsAsync(swept, EntryKind.Expiry)).Count == 1);
        await node.Partition.StopAsync(Token);
        Assert.Equal(new Sequence(1), (await node.Store.ReadHeadAsync(Token)).Last);
    }

    [Fact]
    public async Task A_refused_account_does_not_delay_the_sweep_of_others()
    {
        PartitionOptions options = Node.Options;
        (options.CacheBytesMax, options.ParkedPerAccountMax) = (0, 1);
        await using Node node = await Node.StartAsync(clock: _clock, options: options);
        Instant now = Instant.FromDateTimeOffset(_clock.GetUtcNow());
        (await node.DoAsync(Given.Add(10) with { ExpiresAt = now.PlusClamped(Hour) })).Accepted();
        (await node.DoAsync(Given.Add(10, account: Given.Dave) with { ExpiresAt = now.PlusClamped(2 * Hour) })).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);

        // A query waits for the first account, whose load does not end. The options let only one request wait for an account.
        TaskCompletionSource held = new();
        int loads = 0;
        node.Gate.BeforeLoad = () => Interlocked.Increment(ref loads) == 1 ? held.Task : Task.CompletedTask;
        Task<long> asking = node.PointsAsync(Given.Carol);
        await Eventually.TrueAsync(() => Volatile.Read(ref loads) == 1);
        _clock.Advance(3 * Hour);
        await SweepUntilAsync(async () => (await KindsAsync(node, EntryKind.Expiry)).Exists(entry => entry.Account == Given.Dave));

        held.SetResult();
        Assert.Equal(0, await asking);
    }

    [Fact]
    public async Task Old_idempotency_keys_are_deleted()
    {
        await using Node node = await Node.StartAsync(clock: _clock, policy: new LedgerPolicy { KeysKeptFor = Hour });
        (await node.DoAsync(Given.Add(10).With("old"))).Accepted();
        _clock.Advance(Hour);
        (await node.DoAsync(Given.Add(10).With("new"))).Accepted();
        await node.Partition.WaitUntilStoredAsync(Token);
        _clock.Advance(TimeSpan.FromSeconds(1));
        await SweepUntilAsync(() => Task.FromResult(node.AccountStore.ReadTables().Accounts.Single().Keys.Count == 1));
        Assert.True((await node.DoAsync(Given.Add(10).With("new"))).Accepted().IsReplay);
    }

    private static IEnumerable<AccountId> Accounts(int count) => Enumerable.Range(0, count).Select(number => AccountId.FromTrusted($"a{number}"));

    /// <summary>Advances the clock until the sweeper has done its work.</summary>
    private Task SweepUntilAsync(Func<Task<bool>> isDone) => Eventually.TrueAsync(
        async () =>
        {
            bool isOver = await isDone();
            if (!isOver)
            {
                _clock.Advance(TimeSpan.FromSeconds(1));
            }

            return isOver;
        },
        "The sweeper has run.");

    private static async Task<List<Entry>> KindsAsync(Node node, EntryKind kind)
    {
        List<Entry> entries = [];
        await foreach (Engine.Journal.Commit commit in node.Store.ReadCommitsAsync(Sequence.Zero, Token))
        {
            entries.AddRange(commit.Entries.Where(entry => entry.Kind == kind));
        }

        return entries;
    }
}
