using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 11: an erasure ends an account that has no payers. It writes one entry, which changes no balance and no lot.</summary>
/// <remarks>
/// A payer keeps its line until a flush. So an account with points, unpaid deductions or pending spends always has payers.
/// The flush that emptied the account cannot be restored after the erasure: its entries belong to an account that has ended.
/// </remarks>
internal static class EraseRule
{
    public static Refusal? Decide(AccountState state, EraseAccount erasure, in DecisionContext context, ICollection<Entry> entries)
    {
        if (state.Opening == Sequence.Zero)
        {
            return new Refusal(RefusalCode.AccountNotFound);
        }

        if (state.Payers.Count > 0)
        {
            return new Refusal(RefusalCode.AccountNotEmpty) { Available = state.Balance };
        }

        entries.Add(new Entry
        {
            Sequence = context.Next,
            Kind = EntryKind.Erasure,
            Account = state.Account,
            Opening = state.Opening,
            PreviousOperation = state.LastOperation,
            BalanceBefore = state.Balance,
            Operation = context.Next,
            Origin = erasure.Origin,
        });
        return null;
    }
}
