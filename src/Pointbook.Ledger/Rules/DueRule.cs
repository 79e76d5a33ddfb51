using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 7: what is due happens by itself, in order of due instants, ends of holds before expiries, then in the order of lots.</summary>
/// <remarks>
/// The end of a hold is a reversal that nobody asked for. A lot that expires first pays what its payer owes, as in a spend. A lot
/// that comes back from a hold may be due itself, earlier than what was to come next, and then it is next.
/// </remarks>
internal sealed class DueRule(AccountState state, Instant now, Sequence next, ICollection<Entry> entries)
{
    private readonly PriorityQueue<LotKey, (Instant ExpiresAt, LotKey Key)> _expiring = new();
    private Sequence _next = next;

    /// <summary>Goes on until nothing is due.</summary>
    public void Run()
    {
        foreach (Lot lot in state.OpenLots())
        {
            Expect(lot.Key, lot.ExpiresAt);
        }

        while (true)
        {
            Hold? hold = state.Holds.First is { } first && first.EndsAt <= now ? first : null;
            bool isLotDue = _expiring.TryPeek(out LotKey key, out (Instant ExpiresAt, LotKey Key) due);
            if (hold is not null && (!isLotDue || hold.EndsAt <= due.ExpiresAt))
            {
                End(hold);
            }
            else if (isLotDue)
            {
                _expiring.Dequeue();
                Expire(key);
            }
            else
            {
                return;
            }
        }
    }

    private void Expect(LotKey key, Instant? expiresAt)
    {
        if (expiresAt <= now)
        {
            _expiring.Enqueue(key, (expiresAt.Value, key));
        }
    }

    private void End(Hold hold)
    {
        List<Entry> written = [];
        ReversalRule.Write(state.Account, hold.Spend, hold.Draws, _next, written);
        written[0] = written[0] with { ExpiresAt = hold.EndsAt };
        foreach (Entry entry in written)
        {
            Write(entry);
        }

        foreach (HeldDraw draw in hold.Draws)
        {
            Expect(draw.Lot, draw.ExpiresAt);
        }
    }

    private void Expire(LotKey key)
    {
        // Two draws may have come back to one lot, which then is here twice.
        if (!state.Lots.Contains(key))
        {
            return;
        }

        Lot lot = state.Lots.Find(key);
        Sequence operation = _next;
        Points paid = Points.Min(lot.Payer.Outstanding, lot.Remaining);
        if (paid.IsPositive)
        {
            Write(Line(EntryKind.Settlement, lot, operation, Points.Zero, -paid));
        }

        Points left = lot.Remaining - paid;
        if (left.IsPositive)
        {
            Write(Line(EntryKind.Expiry, lot, operation, -left, -left));
        }
    }

    private Entry Line(EntryKind kind, in Lot lot, Sequence operation, Points points, Points lotPoints) => new()
    {
        Sequence = _next,
        Kind = kind,
        Account = state.Account,
        Payer = lot.Payer.Name,
        Points = points,
        LotPoints = lotPoints,
        OccurredAt = lot.Key.OccurredAt,
        Lot = lot.Key.Sequence,
        ExpiresAt = lot.ExpiresAt,
        Operation = operation,
    };

    private void Write(Entry entry)
    {
        state.Apply(entry);
        entries.Add(entry);
        _next = _next.Next;
    }
}
