using Microsoft.Extensions.Diagnostics.HealthChecks;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;

namespace Pointbook.Server.Storage;

/// <summary>Checks whether the ledger's partitions accept commands, their journals work and their account stores advance.</summary>
/// <remarks>
/// Each probe asks every partition. After a failure, a partition checks its journal again only when it is asked, and a server that is not ready may
/// receive no other requests.
/// </remarks>
internal sealed class LedgerHealthCheck(LedgerHost host, TimeProvider clock) : IHealthCheck
{
    // A store that does not answer counts as failed, and a probe must not wait long.
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(3);

    /// <summary>The data key of a warning: the server is ready, but the operator should know of a problem.</summary>
    public const string Warning = "warning";

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        PartitionHealth health = host.Health;
        try
        {
            Refusal? refusal = await host.ProbeAsync(cancellationToken).WaitAsync(AnswerWithin, clock, cancellationToken);
            health = host.Health;
            return host.IsJournalDamaged ? HealthCheckResult.Unhealthy("The journal is damaged. Restore a backup that verifies.")
                : health.IsReady && refusal is null ? Ready(health) : HealthCheckResult.Unhealthy($"{health} {refusal?.Code}");
        }
        catch (TimeoutException)
        {
            return HealthCheckResult.Unhealthy($"{health}: no answer from the store within {AnswerWithin}.");
        }
    }

    /// <summary>Ready, because the server serves all other accounts and no command needs the read model. The warning informs the operator.</summary>
    private static HealthCheckResult Ready(PartitionHealth health)
    {
        string warning = string.Join(' ', Warnings(health));
        return warning.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Healthy(data: new Dictionary<string, object> { [Warning] = warning });
    }

    private static IEnumerable<string> Warnings(PartitionHealth health)
    {
        if (health.DamagedAccounts > 0)
        {
            yield return $"The server refuses requests for {health.DamagedAccounts} damaged account{(health.DamagedAccounts == 1 ? "" : "s")} until their stored data is repaired.";
        }

        if (health.IsDirectoryDamaged)
        {
            yield return "The server refuses requests for some accounts without entries until it has rewritten the damaged directory of accounts.";
        }

        if (health.ReadModel == ReadModelCondition.Building)
        {
            yield return "The server is building the read model. It may refuse lists of payers and statements until the read model is complete.";
        }
        else if (health.ReadModel == ReadModelCondition.BuildFailing)
        {
            yield return "The read model can't be rebuilt. The old one answers meanwhile, except where it is damaged. The log contains the reason.";
        }
        else if (health.ReadModel == ReadModelCondition.Failing)
        {
            yield return "The read model can't be updated. The server may refuse lists of payers and statements. The log contains the reason.";
        }
    }
}
