using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Pointbook.Server.Health;

/// <summary>Runs the checks tagged <see cref="HealthRoutes.ReadyTag"/>, once for all callers that ask at about the same time. Thread-safe.</summary>
internal sealed class Readiness(HealthCheckService checks, IOptions<HealthOptions> options, TimeProvider clock)
{
    private readonly TimeSpan _ageMax = options.Value.AgeMax;
    private readonly Lock _lock = new();
    private Task<HealthReport>? _probe;
    private long _beganAt;

    /// <summary>Returns the result of the checks. Callers share a running probe. A completed one is valid for <see cref="HealthOptions.AgeMax"/> from its beginning.</summary>
    /// <param name="cancellationToken">Cancels the wait. The probe continues for other callers.</param>
    public Task<HealthReport> ReadAsync(CancellationToken cancellationToken)
    {
        Task<HealthReport> probe;
        lock (_lock)
        {
            bool isGood = _probe is not null && (!_probe.IsCompleted || (_probe.IsCompletedSuccessfully && clock.GetElapsedTime(_beganAt) < _ageMax));
            if (!isGood)
            {
                _beganAt = clock.GetTimestamp();
                _probe = Task.Run(ProbeAsync, CancellationToken.None);
            }

            probe = _probe!;
        }

        return probe.WaitAsync(cancellationToken);
    }

    private Task<HealthReport> ProbeAsync() => checks.CheckHealthAsync(static check => check.Tags.Contains(HealthRoutes.ReadyTag), CancellationToken.None);
}
