using Microsoft.Extensions.Diagnostics.HealthChecks;
using Pointbook.Engine.Hosting;

namespace Pointbook.Server.Clocks;

/// <summary>Checks whether the clock is credible and agrees with the store's. Readiness replies show the result.</summary>
internal sealed class ClockHealthCheck(ClockGuard guard) : IHealthCheck
{
    /// <summary>The name of the check.</summary>
    public const string Name = "clock";

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(guard.Read().Fault switch
        {
            ClockFault.Jumped => HealthCheckResult.Unhealthy(
                $"the clock jumped; correct it, or confirm it with POST {ClockRoutes.Confirmation}"),
            ClockFault.Unconfirmed => HealthCheckResult.Unhealthy(
                $"the last commit is older than Clock:GapMax; confirm the clock with POST {ClockRoutes.Confirmation}"),
            _ when guard.DisagreesWithStore => HealthCheckResult.Unhealthy(
                "the clocks of the server and the database differ by more than Clock:SkewMax; correct them"),
            _ => HealthCheckResult.Healthy(),
        });
}
