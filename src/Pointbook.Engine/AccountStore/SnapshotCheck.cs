using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Compares the parts of a snapshot with each other as it is loaded. What passes can be made into a state.</summary>
public static class SnapshotCheck
{
    /// <summary>Checks that every value is possible, and that lots and lines say the same.</summary>
    /// <param name="snapshot">What was loaded.</param>
    /// <param name="openLots">How many lots the head of the snapshot says there are.</param>
    /// <exception cref="AccountDamagedException">The rows cannot be an account.</exception>
    public static void ThrowIfDamaged(AccountSnapshot snapshot, long openLots)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        string? found = FaultOfAccount(snapshot) ?? PayerFault.Find(snapshot.Payers, snapshot.StandsAt) ?? FaultOfLots(snapshot, openLots) ?? HoldFault.Find(snapshot);
        if (found is { } fault)
        {
            throw new AccountDamagedException(snapshot.Account, fault);
        }
    }

    private static string? FaultOfAccount(AccountSnapshot snapshot) =>
        snapshot.StandsAt < Sequence.Zero ? $"it stands at entry {snapshot.StandsAt}"
        : snapshot.FlushedThrough < Sequence.Zero || snapshot.FlushedThrough > snapshot.StandsAt
            ? $"it stands at entry {snapshot.StandsAt} and was flushed up to entry {snapshot.FlushedThrough}"
        : snapshot.FlushedThroughBefore < Sequence.Zero || snapshot.FlushedThroughBefore > snapshot.FlushedThrough
            ? $"it was flushed up to entry {snapshot.FlushedThrough} and before that up to entry {snapshot.FlushedThroughBefore}"
        : null;

    private static string? FaultOfLots(AccountSnapshot snapshot, long openLots)
    {
        if (snapshot.Lots.Count != openLots)
        {
            return $"it has {snapshot.Lots.Count} lots and should have {openLots}";
        }

        Dictionary<PayerName, Int128> sums = new(snapshot.Payers.Count);
        foreach (PayerSnapshot payer in snapshot.Payers)
        {
            sums.Add(payer.Name, -(Int128)payer.Outstanding.Value);
        }

        LotKey? before = null;
        foreach (LotSnapshot lot in snapshot.Lots)
        {
            if (!lot.Remaining.IsPositive || lot.Key.Sequence <= Sequence.Zero || lot.Key.Sequence > snapshot.StandsAt || lot.Key <= before)
            {
                return $"lot {lot.Key.Sequence} has {lot.Remaining} points";
            }

            if (!sums.TryGetValue(lot.Payer, out Int128 sum))
            {
                return $"the payer of lot {lot.Key.Sequence} has no balance";
            }

            sums[lot.Payer] = sum + lot.Remaining.Value;
            before = lot.Key;
        }

        return snapshot.Payers.Any(payer => sums[payer.Name] != payer.Balance.Value) ? "its lots do not add up to its balances" : null;
    }
}
