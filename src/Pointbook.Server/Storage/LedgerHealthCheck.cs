using Microsoft.Extensions.Diagnostics.HealthChecks;
using Pointbook.Engine.Partitions;

namespace Pointbook.Server.Storage;

/// <summary>Asks the ledger whether it takes commands, its journal works and its projection advances.</summary>
internal sealed class LedgerHealthCheck(LedgerHost host) : IHealthCheck
{
    /// <inheritdoc/>
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        PartitionHealth health = host.Health;
        return Task.FromResult(health.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(health.ToString()));
    }
}
