using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Compares the rows of a balance or of a page of lots with each other, before due events are applied to them.</summary>
/// <remarks>These are only some rows of an account, so fewer checks are possible than <see cref="SnapshotCheck"/> makes on a whole account.</remarks>
internal static class DueCheck
{
    /// <summary>Checks the rows of a balance.</summary>
    /// <exception cref="AccountDamagedException">The rows contradict each other.</exception>
    public static void ThrowIfDamaged(BalanceRows rows) => Throw(
        rows.Account,
        PayerFault.Find(rows.Payers, rows.StandsAt)
        ?? FaultOfLots(rows.Due.Lots, rows.Payers, rows.StandsAt)
        ?? HoldFault.Find(rows.Due.Holds, rows.Payers, rows.StandsAt)
        ?? FaultOfHeld(rows));

    /// <summary>Checks the rows of a page of lots.</summary>
    /// <exception cref="AccountDamagedException">The rows contradict each other.</exception>
    public static void ThrowIfDamaged(AccountId account, LotRows rows) => Throw(
        account,
        rows.Payers.Select(PayerFault.Find).FirstOrDefault(fault => fault is not null)
        ?? FaultOfOrder(rows.Lots)
        ?? FaultOfLots([.. rows.Lots, .. rows.Due.Lots], rows.Payers, rows.StandsAt)
        ?? HoldFault.Find(rows.Due.Holds, rows.Payers, rows.StandsAt));

    private static void Throw(AccountId account, string? fault)
    {
        if (fault is not null)
        {
            throw new AccountDamagedException(account, fault);
        }
    }

    /// <summary>Checks some lots of an account. Each must have points and a payer's line, and a payer's lots must not exceed its balance plus its outstanding deductions.</summary>
    private static string? FaultOfLots(IReadOnlyList<LotSnapshot> lots, IReadOnlyList<PayerSnapshot> payers, Sequence standsAt)
    {
        if (lots.Count == 0)
        {
            return null;
        }

        Dictionary<PayerName, Int128> left = payers.ToDictionary(payer => payer.Name, payer => (Int128)payer.Balance.Value + payer.Outstanding.Value);
        foreach (LotSnapshot lot in lots)
        {
            if (!lot.Remaining.IsPositive || lot.Key.Sequence <= Sequence.Zero || lot.Key.Sequence > standsAt)
            {
                return $"lot {lot.Key.Sequence} has {lot.Remaining} points";
            }

            if (!left.TryGetValue(lot.Payer, out Int128 rest))
            {
                return $"the payer of lot {lot.Key.Sequence} has no balance";
            }

            left[lot.Payer] = rest - lot.Remaining.Value;
        }

        return left.Values.Any(rest => rest < 0) ? "its lots do not add up to its balances" : null;
    }

    private static string? FaultOfOrder(IReadOnlyList<LotSnapshot> lots)
    {
        LotKey? before = null;
        foreach (LotSnapshot lot in lots)
        {
            if (lot.Key <= before)
            {
                return $"lot {lot.Key.Sequence} is present twice";
            }

            before = lot.Key;
        }

        return null;
    }

    private static string? FaultOfHeld(BalanceRows rows)
    {
        Int128 balance = rows.Payers.Aggregate(Int128.Zero, (sum, payer) => sum + payer.Balance.Value);
        return rows.Held.Value < HoldFault.SumOf(rows.Due.Holds) || balance + rows.Held.Value > long.MaxValue
            ? $"its pending spends hold {rows.Held} points"
            : null;
    }
}
