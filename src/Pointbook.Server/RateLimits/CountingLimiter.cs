using System.Threading.RateLimiting;

namespace Pointbook.Server.RateLimits;

/// <summary>Shows counters to the middleware of ASP.NET Core. Thread-safe.</summary>
/// <remarks>
/// <see cref="PartitionedRateLimiter"/> keeps a limiter for everybody who came within a window, without a bound, and looks at all of them ten times a
/// second. Its <see cref="FixedWindowRateLimiter"/> has the whole window waited for, however little of it is left.
/// </remarks>
/// <param name="counters">The counters.</param>
/// <param name="whoSent">Who a request counts for; null for nobody.</param>
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

    /// <summary>A request that was let through, or how long to wait with it.</summary>
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
