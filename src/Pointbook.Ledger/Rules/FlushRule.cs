using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 10: a flush writes one entry per open lot, and one per payer without lots.</summary>
/// <remarks>
/// Payers come in their order. Each lot pays its payer's outstanding deductions first, as in a spend, and the same entry takes
/// the rest out of the balance. An entry of its own for the outstanding deductions would have to raise the balance before it
/// falls, which next to 2^63 overflows. A payer that has no lots still has a line in the balance, and every change of a
/// balance is an entry, so it gets one of zero points. A flush that has a key and finds nothing writes one entry without a
/// payer, which carries the key, so that its repeat is a replay; it archives nothing, and without a key nothing is written.
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

        return null;
    }

    private static Entry Line(
        AccountState state, Sequence sequence, Sequence header, PayerName? payer, Lot? lot, Points paid, Origin? origin) => new()
        {
            Sequence = sequence,
            Kind = EntryKind.Flush,
            Account = state.Account,
            Opening = state.Opening,
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
