using Microsoft.Extensions.Options;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Clocks;

/// <summary>The clock of the server, as the store allows it: real, or set by a test.</summary>
internal sealed class ServerClock(ClockGuard guard, TimeProvider wall, IOptions<TestingOptions> testing)
{
    // The latest instant that leaves room for holds, expiries and the microseconds after it.
    private static readonly DateTimeOffset Latest = new(9000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>The credible time.</summary>
    public ClockGuard Guard => guard;

    /// <summary>Whether tests set it.</summary>
    public bool IsTest => wall is TestClock;

    /// <summary>Claims the store for this kind of clock, and compares the clock with its journals, before anything is read or written.</summary>
    /// <exception cref="StoreException">The store was used with the other kind of clock.</exception>
    public async Task BeginAsync(IStore store, CancellationToken cancellationToken)
    {
        IReadOnlyList<JournalHead> heads = await ReadHeadsAsync(store, cancellationToken);
        bool isUsed = heads.Any(head => head.Last != Sequence.Zero);
        bool isTest = await store.ClaimClockAsync(isTest: testing.Value.Clock && !isUsed, cancellationToken);
        if (isTest != testing.Value.Clock)
        {
            throw new StoreException(isTest
                ? "The store was used with Testing:Clock, so its times are made up; start with Testing:Clock=true, or use another store."
                : "The store was used without Testing:Clock, and a test clock would damage it; start without Testing:Clock, or use another store.");
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

    /// <summary>Sets the test clock.</summary>
    /// <returns>The time of the last commit if that is later, so that nothing was set; otherwise null.</returns>
    public async Task<Instant?> SetAsync(IStore store, DateTimeOffset now, CancellationToken cancellationToken)
    {
        TestClock test = wall as TestClock ?? throw new InvalidOperationException("The server does not run on a test clock.");
        IReadOnlyList<JournalHead> heads = await ReadHeadsAsync(store, cancellationToken);
        Instant last = heads.Max(head => head.RecordedAt);
        if (Instant.FromDateTimeOffset(now) < last)
        {
            return last;
        }

        guard.Set(() => test.Set(now));
        return null;
    }

    /// <summary>Whether a test clock may show this time.</summary>
    public static bool IsInRange(DateTimeOffset now) => now < Latest;

    private static async Task<IReadOnlyList<JournalHead>> ReadHeadsAsync(IStore store, CancellationToken cancellationToken) =>
        await Task.WhenAll(store.Partitions.Select(partition => partition.Journal.ReadHeadAsync(cancellationToken).AsTask()));
}
