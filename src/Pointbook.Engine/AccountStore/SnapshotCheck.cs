using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Compares the parts of a loaded snapshot with each other. A snapshot that passes can become a state.</summary>
public static class SnapshotCheck
{
    /// <summary>Checks that every value is possible, and that lots and lines agree.</summary>
    /// <param name="snapshot">The loaded snapshot.</param>
    /// <param name="openLots">The number of lots by the head of the snapshot.</param>
    /// <exception cref="AccountDamagedException">The rows are not a possible account.</exception>
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
        snapshot.StandsAt < Sequence.Zero ? $"it is at entry {snapshot.StandsAt}"
        : snapshot.FlushedThrough < Sequence.Zero || snapshot.FlushedThrough > snapshot.StandsAt
            ? $"it is at entry {snapshot.StandsAt} but was flushed up to entry {snapshot.FlushedThrough}"
        : snapshot.FlushedThroughBefore < Sequence.Zero || snapshot.FlushedThroughBefore > snapshot.FlushedThrough
            ? $"it was flushed up to entry {snapshot.FlushedThrough} and before that up to entry {snapshot.FlushedThroughBefore}"
        : snapshot.LastOperation < snapshot.Opening || snapshot.LastOperation > snapshot.StandsAt
            ? $"it is at entry {snapshot.StandsAt}, but its last operation is {snapshot.LastOperation}"
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
