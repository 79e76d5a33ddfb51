using System.Threading.RateLimiting;

namespace Pointbook.Server.RateLimits;

/// <summary>Lets a number of requests through in each window of time, and says how long the present one still lasts. Thread-safe.</summary>
/// <remarks>
/// <see cref="FixedWindowRateLimiter"/> has the whole window waited for, however little of it is left, and begins the next one some time
/// after it said, so that whoever came back at that moment could be refused again.
/// </remarks>
/// <param name="requests">How many requests a window lets through.</param>
/// <param name="window">How long a window lasts. It begins with the first request behind the one before.</param>
/// <param name="clock">The clock.</param>
internal sealed class WindowLimiter(int requests, TimeSpan window, TimeProvider clock) : RateLimiter
{
    private readonly Lock _lock = new();
    private long _beganAt = clock.GetTimestamp();
    private int _taken;

    /// <summary>How long ago the window ended without another one; null while it lasts, because until then its count must not be forgotten.</summary>
    public override TimeSpan? IdleDuration
    {
        get
        {
            lock (_lock)
            {
                TimeSpan idle = clock.GetElapsedTime(_beganAt) - window;
                return idle >= TimeSpan.Zero ? idle : null;
            }
        }
    }

    /// <inheritdoc/>
    public override RateLimiterStatistics? GetStatistics() => null;

    /// <inheritdoc/>
    protected override ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken) =>
        ValueTask.FromResult(AttemptAcquireCore(permitCount));

    /// <inheritdoc/>
    protected override RateLimitLease AttemptAcquireCore(int permitCount)
    {
        lock (_lock)
        {
            TimeSpan elapsed = clock.GetElapsedTime(_beganAt);
            if (elapsed >= window)
            {
                _beganAt = clock.GetTimestamp();
                _taken = 0;
            }

            if (permitCount > requests - _taken)
            {
                return new Lease(window - elapsed);
            }

            _taken += permitCount;
            return Lease.Taken;
        }
    }

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
