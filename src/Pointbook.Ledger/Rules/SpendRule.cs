using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 3: a spend walks the lots in order. Each lot first settles its payer's unpaid deductions. The spend draws from the rest.</summary>
internal static class SpendRule
{
    /// <summary>Decides a spend.</summary>
    /// <param name="state">The account.</param>
    /// <param name="due">Due events that precede the spend and are not in the state yet; null if there are none.</param>
    /// <param name="spend">The command.</param>
    /// <param name="context">The sequence and the time of the decision.</param>
    /// <param name="sink">Receives the entries.</param>
    public static Refusal? Decide<TSink>(AccountState state, DueEvents? due, SpendPoints spend, in DecisionContext context, TSink sink)
        where TSink : ISpendSink
    {
        if (!spend.Points.IsPositive)
        {
            return new Refusal(RefusalCode.PointsNotPositive);
        }

        Points balance = due is null ? state.Balance : state.Balance + due.Points;
        if (balance < spend.Points)
        {
            return new Refusal(RefusalCode.InsufficientPoints)
            {
                Available = balance,
                Requested = spend.Points.Magnitude,
            };
        }

        Entry header = new()
        {
            Sequence = context.Next,
            Kind = EntryKind.Spend,
            Account = spend.Account,
            Opening = state.Opening,
            PreviousOperation = due is { Entries: [.., var last] } ? last.Operation : state.LastOperation,
            BalanceBefore = balance,
            ExpiresAt = spend.Hold is { } hold ? context.DecidedAt.PlusClamped(hold) : null,
            Operation = context.Next,
            Origin = spend.Origin,
        };
        sink.TakeHeader(header);
        Walk(state, due, spend, header, sink);
        return null;
    }

    private static void Walk<TSink>(AccountState state, DueEvents? due, SpendPoints spend, Entry header, TSink sink)
        where TSink : ISpendSink
    {
        Sequence next = header.Sequence.Next;
        Origin? origin = spend.Origin?.ForFurtherEntries();
        Points needed = spend.Points;
        // Settlements by due events and by this walk are not in the state yet, so they are kept here. Most accounts have no unpaid deductions.
        Dictionary<PayerLine, Points>? outstanding = !state.HasOutstanding ? null : due is null ? [] : new(due.Outstanding);

        // The balance covers the spend, and all lots together yield the balance after all settlements. So the walk ends within the lots.
        LotWalk lots = new(state.Lots, due?.Lots);
        while (needed.IsPositive && lots.MoveNext())
        {
            ref readonly Lot lot = ref lots.Current;
            Points left = lot.Remaining;
            if (outstanding is not null && !lot.Payer.Outstanding.IsZero)
            {
                Points owed = outstanding.TryGetValue(lot.Payer, out Points stillOwed) ? stillOwed : lot.Payer.Outstanding;
                Points paid = Points.Min(owed, left);
                if (paid.IsPositive)
                {
                    sink.TakeLine(new SpendLine(EntryKind.Settlement, lot, next, header, Points.Zero, -paid, origin));
                    next = next.Next;
                    outstanding[lot.Payer] = owed - paid;
                    left -= paid;
                }
            }

            Points drawn = Points.Min(needed, left);
            if (drawn.IsPositive)
            {
                sink.TakeLine(new SpendLine(EntryKind.Draw, lot, next, header, -drawn, -drawn, origin));
                next = next.Next;
                needed -= drawn;
            }
        }

        if (needed.IsPositive)
        {
            throw new InvalidOperationException($"The lots of {spend.Account} hold {needed} points less than its balance.");
        }
    }
}
