using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 10: a flush writes one entry per open lot, per payer's outstanding deductions, and per payer with neither.</summary>
/// <remarks>
/// Payers come in their order, and of each payer the outstanding deductions come first, so that no balance is negative in
/// between. A payer that has neither lots nor outstanding deductions still has a line in the balance, and every change of a
/// balance is an entry, so it gets one of zero points.
/// </remarks>
internal static class FlushRule
{
    public static Refusal? Decide(AccountState state, FlushAccount flush, in DecisionContext context, ICollection<Entry> entries)
    {
        Sequence header = context.Next;
        Sequence next = header;
        ILookup<PayerLine, Lot> lots = state.OpenLots().ToLookup(lot => lot.Payer);
        foreach (PayerLine payer in state.Payers)
        {
            if (!payer.Outstanding.IsZero || payer.LotCount == 0)
            {
                entries.Add(Line(flush, next, header, payer.Name, payer.Outstanding, lot: null));
                next = next.Next;
            }

            foreach (Lot lot in lots[payer])
            {
                entries.Add(Line(flush, next, header, payer.Name, -lot.Remaining, lot));
                next = next.Next;
            }
        }

        return null;
    }

    private static Entry Line(FlushAccount flush, Sequence sequence, Sequence header, PayerName payer, Points points, Lot? lot) => new()
    {
        Sequence = sequence,
        Kind = EntryKind.Flush,
        Account = flush.Account,
        Payer = payer,
        Points = points,
        LotPoints = lot is null ? Points.Zero : points,
        OccurredAt = lot?.Key.OccurredAt,
        Lot = lot?.Key.Sequence,
        ExpiresAt = lot?.ExpiresAt,
        Operation = header,
        Origin = sequence == header ? flush.Origin : null,
    };
}
