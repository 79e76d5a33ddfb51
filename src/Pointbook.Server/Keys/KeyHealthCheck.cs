using Microsoft.Extensions.Diagnostics.HealthChecks;
using Pointbook.Access;

namespace Pointbook.Server.Keys;

/// <summary>Asks whether the keys can be read: while they cannot, nobody is served.</summary>
internal sealed class KeyHealthCheck(KeyRing ring) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await ring.ReadAsync();
            return HealthCheckResult.Healthy();
        }
        catch (KeyStoreException failure)
        {
            return HealthCheckResult.Unhealthy(failure.Message);
        }
    }
}
