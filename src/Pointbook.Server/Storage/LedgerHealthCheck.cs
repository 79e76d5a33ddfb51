using Microsoft.Extensions.Diagnostics.HealthChecks;
using Pointbook.Engine.Answers;
using Pointbook.Engine.Partitions;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Storage;

/// <summary>Asks the ledger whether it takes commands, its journal works and its projection advances.</summary>
/// <remarks>
/// A balance is read each time. After a failure the partition looks at its journal again only when it is asked for something,
/// and a server that is not ready may be asked for nothing else.
/// </remarks>
internal sealed class LedgerHealthCheck(LedgerHost host) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Outcome<AccountBalance> balance = await host.ReadBalanceAsync(AccountId.Default, cancellationToken);
        PartitionHealth health = host.Health;
        return health.IsReady && !balance.IsRefused
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"{health} {balance.Refusal?.Code}");
    }
}
