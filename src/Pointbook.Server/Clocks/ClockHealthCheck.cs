using Microsoft.Extensions.Diagnostics.HealthChecks;
using Pointbook.Engine.Hosting;

namespace Pointbook.Server.Clocks;

/// <summary>Asks whether the clock is credible and agrees with the store's. What it says is shown to whoever asks whether the server is ready.</summary>
internal sealed class ClockHealthCheck(ClockGuard guard) : IHealthCheck
{
    /// <summary>Its name.</summary>
    public const string Name = "clock";

    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(guard.Read().Fault switch
        {
            ClockFault.Jumped => HealthCheckResult.Unhealthy(
                $"the clock jumped; set it right, or confirm it with POST {ClockRoutes.Confirmation}"),
            ClockFault.Unconfirmed => HealthCheckResult.Unhealthy(
                $"the last commit is longer ago than Clock:GapMax; confirm the clock with POST {ClockRoutes.Confirmation}"),
            _ when guard.DisagreesWithStore => HealthCheckResult.Unhealthy(
                "the clocks of server and database differ by more than Clock:SkewMax; set them right"),
            _ => HealthCheckResult.Healthy(),
        });
}
