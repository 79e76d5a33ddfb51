using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Finds faults in the lines of an account's payers.</summary>
internal static class PayerFault
{
    /// <summary>Checks all lines of an account, ordered by their first entries.</summary>
    /// <param name="payers">The lines.</param>
    /// <param name="standsAt">The last entry that the account's rows contain.</param>
    /// <returns>The fault, or null.</returns>
    public static string? Find(IReadOnlyList<PayerSnapshot> payers, Sequence standsAt)
    {
        Int128 balance = 0;
        Sequence before = Sequence.Zero;
        HashSet<PayerName> names = new(payers.Count);
        foreach (PayerSnapshot payer in payers)
        {
            if (Find(payer) is { } fault)
            {
                return fault;
            }

            if (payer.FirstSequence <= before || payer.FirstSequence > standsAt || !names.Add(payer.Name))
            {
                return $"a payer appeared first with entry {payer.FirstSequence}";
            }

            before = payer.FirstSequence;
            balance += payer.Balance.Value;
        }

        return balance > long.MaxValue ? "the balances of its payers do not fit into 64 bits" : null;
    }

    /// <summary>Checks a single line.</summary>
    /// <returns>The fault, or null.</returns>
    public static string? Find(PayerSnapshot payer) => payer.Balance.IsNegative || payer.Outstanding.IsNegative
        ? $"a payer has {payer.Balance} points and {payer.Outstanding} that no lot has paid for"
        : null;
}
