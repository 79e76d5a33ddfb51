using Microsoft.Extensions.Diagnostics.HealthChecks;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Commands;

namespace Pointbook.Server.Storage;

/// <summary>Asks the ledger whether its partitions take commands, their journals work and their projections advance.</summary>
/// <remarks>
/// Each partition is asked in each probe. After a failure a partition looks at its journal again only when it is asked for
/// something, and a server that is not ready may be asked for nothing else.
/// </remarks>
internal sealed class LedgerHealthCheck(LedgerHost host, TimeProvider clock) : IHealthCheck
{
    // A store that does not answer at all is no better than one that fails, and whoever asks does not wait for long.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(3);

    /// <summary>What the operator must do although the server is ready, among the data of its result.</summary>
    public const string Warning = "warning";

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        PartitionHealth health = host.Health;
        try
        {
            Refusal? refusal = await host.ProbeAsync(cancellationToken).WaitAsync(AnswerWithin, clock, cancellationToken);
            health = host.Health;
            return host.IsJournalDamaged ? HealthCheckResult.Unhealthy("The journal is damaged; restore a backup that verifies.")
                : health.IsReady && refusal is null ? Ready(health.DamagedAccounts) : HealthCheckResult.Unhealthy($"{health} {refusal?.Code}");
        }
        catch (TimeoutException)
        {
            return HealthCheckResult.Unhealthy($"{health}: no answer from the store within {AnswerWithin}.");
        }
    }

    /// <summary>Ready, because all other accounts are served; but the operator has to know.</summary>
    private static HealthCheckResult Ready(int damagedAccounts) => damagedAccounts == 0
        ? HealthCheckResult.Healthy()
        : HealthCheckResult.Healthy(data: new Dictionary<string, object>
        {
            [Warning] = $"{damagedAccounts} damaged account{(damagedAccounts == 1 ? " is" : "s are")} refused until the stored rows are repaired.",
        });
}
