using System.Diagnostics;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 10: a flush writes one entry per open lot, one per payer without lots, and one per pending spend.</summary>
/// <remarks>
/// Payers keep their order. Each lot first settles its payer's unpaid deductions, as in a spend. The same entry removes the
/// rest from the balance. A separate entry for the unpaid deductions would first raise the balance, which overflows near
/// 2^63. A payer without lots still has a line in the balance, so it gets an entry of zero points. If the account has no
/// payers and the flush has a key, the flush writes one entry without a payer. That entry carries the key, so a repeat is a
/// replay, and it archives nothing. Without a key, the flush writes nothing.
/// </remarks>
internal static class FlushRule
{
    public static Refusal? Decide(AccountState state, FlushAccount flush, in DecisionContext context, ICollection<Entry> entries)
    {
        Sequence header = context.Next;
        Sequence next = header;
        Origin? origin = flush.Origin;
        Origin? furtherOrigin = flush.Origin?.ForFurtherEntries();
        if (state.Payers.Count == 0 && origin?.Key is not null)
        {
            entries.Add(Line(state, next, header, payer: null, lot: null, paid: Points.Zero, origin));
            return null;
        }

        ILookup<PayerLine, Lot> lots = state.OpenLots().ToLookup(lot => lot.Payer);
        foreach (PayerLine payer in state.Payers)
        {
            if (payer.LotCount == 0)
            {
                entries.Add(Line(state, next, header, payer.Name, lot: null, paid: Points.Zero, origin));
                (next, origin) = (next.Next, furtherOrigin);
            }

            Points owed = payer.Outstanding;
            foreach (Lot lot in lots[payer])
            {
                Points paid = Points.Min(owed, lot.Remaining);
                owed -= paid;
                entries.Add(Line(state, next, header, payer.Name, lot, paid, origin));
                (next, origin) = (next.Next, furtherOrigin);
            }
        }

        Debug.Assert(state.Payers.Count > 0 || state.Holds.Count == 0, "A spend has payers, and they keep their lines until the flush.");
        foreach (Hold hold in state.Holds.All)
        {
            entries.Add(Line(state, next, header, payer: null, lot: null, paid: Points.Zero, origin) with { Subject = hold.Spend, ExpiresAt = hold.EndsAt });
            next = next.Next;
        }

        return null;
    }

    private static Entry Line(
        AccountState state, Sequence sequence, Sequence header, PayerName? payer, Lot? lot, Points paid, Origin? origin) => new()
        {
            Sequence = sequence,
            Kind = EntryKind.Flush,
            Account = state.Account,
            Opening = state.Opening,
            PreviousOperation = sequence == header ? state.LastOperation : Sequence.Zero,
            BalanceBefore = sequence == header ? state.Balance : Points.Zero,
            Payer = payer,
            Points = lot is null ? Points.Zero : paid - lot.Value.Remaining,
            LotPoints = lot is null ? Points.Zero : -lot.Value.Remaining,
            OccurredAt = lot?.Key.OccurredAt,
            Lot = lot?.Key.Sequence,
            ExpiresAt = lot?.ExpiresAt,
            Operation = header,
            Origin = origin,
        };
}
