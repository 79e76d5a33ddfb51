using System.Threading.RateLimiting;

namespace Pointbook.Server.RateLimits;

/// <summary>Adapts counters to the middleware of ASP.NET Core. Thread-safe.</summary>
/// <remarks>
/// <see cref="PartitionedRateLimiter"/> keeps one limiter for each sender within a window, without a bound, and checks all of them ten times a
/// second. Its <see cref="FixedWindowRateLimiter"/> reports the whole window as the wait, even if little of it is left.
/// </remarks>
/// <param name="counters">The counters.</param>
/// <param name="whoSent">Returns the sender for whom a request counts; null for none.</param>
internal sealed class CountingLimiter(WindowCounters counters, Func<HttpContext, byte[]?> whoSent) : PartitionedRateLimiter<HttpContext>
{
    /// <inheritdoc/>
    public override RateLimiterStatistics? GetStatistics(HttpContext resource) => null;

    /// <inheritdoc/>
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(HttpContext resource, int permitCount, CancellationToken cancellationToken) =>
        ValueTask.FromResult(AttemptAcquireCore(resource, permitCount));

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(HttpContext resource, int permitCount) =>
        whoSent(resource) is { } who && counters.Take(who) is { } wait ? new Lease(wait) : Lease.Taken;

    /// <summary>An accepted request, or the time to wait before a retry.</summary>
    private sealed class Lease(TimeSpan? wait) : RateLimitLease
    {
        public static Lease Taken { get; } = new(null);

        public override bool IsAcquired => wait is null;

        public override IEnumerable<string> MetadataNames => wait is null ? [] : [MetadataName.RetryAfter.Name];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = metadataName == MetadataName.RetryAfter.Name ? wait : null;
            return metadata is not null;
        }
    }
}
