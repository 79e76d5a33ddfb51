using Microsoft.Extensions.Options;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Clocks;

/// <summary>The clock of the server, as the store allows it: a real clock or a test clock.</summary>
internal sealed class ServerClock(ClockGuard guard, TimeProvider wall, IOptions<TestingOptions> testing) : IDisposable
{
    // The latest instant that leaves room for holds, expiries and the microseconds after it.
    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>The guard that provides the credible time.</summary>
    public ClockGuard Guard => guard;

    /// <summary>Whether the server runs on a test clock.</summary>
    public bool IsTest => wall is TestClock;

    /// <summary>Claims the store for this kind of clock and compares the clock with its journals, before the server reads or writes anything else.</summary>
    /// <exception cref="StoreException">The store was used with the other kind of clock.</exception>
    public async Task BeginAsync(IStore store, CancellationToken cancellationToken)
    {
        JournalHead[] heads = await Task.WhenAll(store.Partitions.Select(partition => partition.Journal.ReadHeadAsync(cancellationToken).AsTask()));
        bool isUsed = heads.Any(head => head.Last != Sequence.Zero);
        bool isTest = await store.ClaimClockAsync(isTest: testing.Value.Clock && !isUsed, cancellationToken);
        if (isTest != testing.Value.Clock)
        {
            throw new StoreException(isTest
                ? "The store was used with Testing:Clock, so its times are not real. Start with Testing:Clock=true, or use another store."
                : "The store was used without Testing:Clock, and a test clock would damage it. Start without Testing:Clock, or use another store.");
        }

        if (wall is not TestClock test)
        {
            guard.Begin(heads);
        }
        else if (isUsed)
        {
            guard.Set(() => test.Set(heads.Max(head => head.RecordedAt).ToDateTimeOffset()));
        }
    }

    /// <summary>Sets the test clock. Concurrent callers wait for each other.</summary>
    /// <param name="feed">The journals of the store.</param>
    /// <param name="settle">Waits until every partition has completed its earlier decisions.</param>
    /// <param name="now">The time to set.</param>
    /// <param name="cancellationToken">Cancels the wait for other callers and the first read of the journals, before the clock is set.</param>
    /// <returns>The time of the last commit if it is later, so that the clock was not set to <paramref name="now"/>; otherwise null.</returns>
    /// <exception cref="JournalException">A journal could not be read.</exception>
    public async Task<Instant?> SetAsync(IJournalFeed feed, Func<CancellationToken, Task> settle, DateTimeOffset now, CancellationToken cancellationToken)
    {
        TestClock test = wall as TestClock ?? throw new InvalidOperationException("The server does not run on a test clock.");
        Instant wanted = Instant.FromDateTimeOffset(now);
        await _turn.WaitAsync(cancellationToken);
        try
        {
            Instant last = await ReadLastAsync(feed, cancellationToken);
            if (wanted < last)
            {
                return last;
            }

            guard.Set(() => test.Set(now));
            // Since the journals were read, a partition may have committed what it decided before, by a later clock.
            await settle(CancellationToken.None);
            last = await ReadLastAsync(feed, CancellationToken.None);
            if (last <= guard.Read().Now)
            {
                return null;
            }

            guard.Set(() => test.Set(last.ToDateTimeOffset()));
            return last;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>Whether a test clock may show this time.</summary>
    public static bool IsInRange(DateTimeOffset now) => now < Latest;

    private static async Task<Instant> ReadLastAsync(IJournalFeed feed, CancellationToken cancellationToken) =>
        (await Task.WhenAll(Enumerable.Range(0, feed.PartitionCount).Select(partition => feed.ReadHeadAsync(partition, cancellationToken).AsTask())))
        .Max(head => head.RecordedAt);
}
