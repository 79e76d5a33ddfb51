using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Holds the rows of an account against each other as they are loaded.</summary>
public static class SnapshotCheck
{
    /// <summary>Checks that what lots and lines say is the same, and that no balance is negative.</summary>
    /// <param name="snapshot">What was loaded.</param>
    /// <param name="openLots">How many lots the account's own row says there are.</param>
    /// <exception cref="ProjectionDamagedException">They do not agree.</exception>
    public static void ThrowIfDamaged(AccountSnapshot snapshot, long openLots)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Dictionary<PayerName, Int128> sums = snapshot.Payers.ToDictionary(payer => payer.Name, payer => -(Int128)payer.Outstanding.Value);
        foreach (LotSnapshot lot in snapshot.Lots)
        {
            sums[lot.Payer] += lot.Remaining.Value;
        }

        if (snapshot.Lots.Count != openLots || snapshot.Payers.Any(payer => payer.Balance.IsNegative || sums[payer.Name] != payer.Balance.Value))
        {
            throw new ProjectionDamagedException($"The lots of {snapshot.Account} do not add up to its balances.");
        }
    }
}
