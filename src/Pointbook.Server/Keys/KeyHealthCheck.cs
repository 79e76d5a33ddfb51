using Microsoft.Extensions.Diagnostics.HealthChecks;
using Pointbook.Access;

namespace Pointbook.Server.Keys;

/// <summary>Checks whether the server can read the keys. If it cannot, only callers with tokens have access.</summary>
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
