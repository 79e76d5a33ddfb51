using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 3: a spend walks the lots in order; each first pays its payer's outstanding deductions, what is left is drawn.</summary>
internal static class SpendRule
{
    /// <summary>Decides a spend.</summary>
    /// <param name="state">The account.</param>
    /// <param name="due">Due events that the state does not contain and that come first; null if there are none.</param>
    /// <param name="spend">The command.</param>
    /// <param name="context">The place and the time.</param>
    /// <param name="entries">Gets what it writes.</param>
    public static Refusal? Decide(
        AccountState state, DueEvents? due, SpendPoints spend, in DecisionContext context, ICollection<Entry> entries)
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

        entries.Add(new Entry
        {
            Sequence = context.Next,
            Kind = EntryKind.Spend,
            Account = spend.Account,
            ExpiresAt = spend.Hold is { } hold ? context.DecidedAt.PlusClamped(hold) : null,
            Operation = context.Next,
            Origin = spend.Origin,
        });
        Walk(state, due, spend, context.Next, entries);
        return null;
    }

    private static void Walk(AccountState state, DueEvents? due, SpendPoints spend, Sequence header, ICollection<Entry> entries)
    {
        Sequence next = header.Next;
        Origin? origin = spend.Origin?.ForFurtherEntries();
        Points needed = spend.Points;
        // What due events and the walk have settled is not in the state yet, so it is kept beside it; most accounts owe nothing.
        Dictionary<PayerLine, Points>? outstanding = !state.HasOutstanding ? null : due is null ? [] : new(due.Outstanding);

        // The balance covers the spend, and it is what all lots give after all settlements, so the walk ends inside the lots.
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
                    entries.Add(Line(EntryKind.Settlement, lot, next, header, Points.Zero, -paid, spend.Account, origin));
                    next = next.Next;
                    outstanding[lot.Payer] = owed - paid;
                    left -= paid;
                }
            }

            Points drawn = Points.Min(needed, left);
            if (drawn.IsPositive)
            {
                entries.Add(Line(EntryKind.Draw, lot, next, header, -drawn, -drawn, spend.Account, origin));
                next = next.Next;
                needed -= drawn;
            }
        }

        if (needed.IsPositive)
        {
            throw new InvalidOperationException($"The lots of {spend.Account} hold {needed} points less than its balance.");
        }
    }

    private static Entry Line(
        EntryKind kind, in Lot lot, Sequence sequence, Sequence header, Points points, Points lotPoints, AccountId account, Origin? origin) => new()
        {
            Sequence = sequence,
            Kind = kind,
            Account = account,
            Payer = lot.Payer.Name,
            Points = points,
            LotPoints = lotPoints,
            OccurredAt = lot.Key.OccurredAt,
            Lot = lot.Key.Sequence,
            ExpiresAt = lot.ExpiresAt,
            Operation = header,
            Origin = origin,
        };
}
