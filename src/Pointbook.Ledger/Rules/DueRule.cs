using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>Rule 7: applies events in the order of their due instants: ends of holds before expiries, then in lot order. Use an instance once.</summary>
/// <remarks>
/// The end of a hold is a reversal that no client requested. An expiring lot first settles its payer's unpaid deductions, as in
/// a spend. A lot that comes back from a hold may itself be due before the next event. Then it is the next event. The rule does
/// not change the state. It keeps changed lots and lines separately, so its cost depends only on the number of events.
/// </remarks>
internal sealed class DueRule(AccountState state, Instant now, Sequence next)
{
    private readonly PriorityQueue<LotKey, LotExpiry> _expiring = new();
    private readonly SortedDictionary<LotKey, Lot> _lots = [];
    private readonly Dictionary<PayerLine, Points> _points = [];
    private readonly Dictionary<PayerLine, Points> _outstanding = [];
    private readonly List<Entry> _entries = [];
    private Sequence _next = next;
    private Sequence _lastOperation = state.LastOperation;
    private Points _balance = state.Balance;
    private Instant? _following;

    /// <summary>Applies events until none is due.</summary>
    public DueEvents Run()
    {
        foreach (LotExpiry lot in state.ExpiredLots(now))
        {
            _expiring.Enqueue(lot.Lot, lot);
        }

        List<Hold> ended = [.. state.Holds.EndedBy(now)];
        int holds = 0;
        while (holds < ended.Count || _expiring.Count > 0)
        {
            bool isLotDue = _expiring.TryPeek(out LotKey key, out LotExpiry due);
            if (holds < ended.Count && (!isLotDue || ended[holds].EndsAt <= due.ExpiresAt))
            {
                End(ended[holds++]);
            }
            else
            {
                _expiring.Dequeue();
                Expire(key);
            }
        }

        Consider(state.NextDueAfter(now));
        return new DueEvents(now, _following, _entries, [.. _lots.Values], _points, _outstanding, ended);
    }

    private void End(Hold hold)
    {
        List<Entry> written = [];
        ReversalRule.Write(state, hold.Spend, hold.Draws, _next, written);
        written[0] = written[0] with { ExpiresAt = hold.EndsAt, PreviousOperation = _lastOperation, BalanceBefore = _balance };
        _lastOperation = _next;
        _entries.AddRange(written);
        _next = _next.Plus(written.Count);
        foreach (HeldDraw draw in hold.Draws)
        {
            Return(draw);
        }
    }

    private void Return(HeldDraw draw)
    {
        if (!TryRead(draw.Lot, out Lot lot))
        {
            // A flush removes lines and holds together, so every payer of a pending spend has a line.
            lot = state.TryGetPayer(draw.Payer, out PayerLine? line)
                ? new Lot(draw.Lot, line, Points.Zero, draw.ExpiresAt)
                : throw new InvalidOperationException($"A pending spend of {state.Account} holds points of a payer without a line.");
        }

        _lots[draw.Lot] = lot with { Remaining = lot.Remaining + draw.Points };
        AddPoints(lot.Payer, draw.Points);
        if (draw.ExpiresAt <= now)
        {
            _expiring.Enqueue(draw.Lot, new LotExpiry(draw.ExpiresAt.Value, draw.Lot));
        }
        else
        {
            Consider(draw.ExpiresAt);
        }
    }

    private void Consider(Instant? following) => _following = _following is null || following < _following ? following ?? _following : _following;

    private void Expire(LotKey key)
    {
        // Two draws may have returned to one lot. Then the queue contains the lot twice.
        if (!TryRead(key, out Lot lot) || lot.Remaining.IsZero)
        {
            return;
        }

        Sequence operation = _next;
        Points owed = _outstanding.TryGetValue(lot.Payer, out Points left) ? left : lot.Payer.Outstanding;
        Points paid = Points.Min(owed, lot.Remaining);
        if (paid.IsPositive)
        {
            Write(Line(EntryKind.Settlement, lot, operation, Points.Zero, -paid));
            _outstanding[lot.Payer] = owed - paid;
        }

        Points expired = lot.Remaining - paid;
        if (expired.IsPositive)
        {
            Write(Line(EntryKind.Expiry, lot, operation, -expired, -expired));
            AddPoints(lot.Payer, -expired);
        }

        _lots[key] = lot with { Remaining = Points.Zero };
        _lastOperation = operation;
    }

    /// <summary>Reads a lot after the events so far.</summary>
    private bool TryRead(LotKey key, out Lot lot) => _lots.TryGetValue(key, out lot) || state.Lots.TryRead(key, out lot);

    private void AddPoints(PayerLine line, Points points)
    {
        _points[line] = _points.GetValueOrDefault(line) + points;
        _balance += points;
    }

    private Entry Line(EntryKind kind, in Lot lot, Sequence operation, Points points, Points lotPoints) => new()
    {
        Sequence = _next,
        Kind = kind,
        Account = state.Account,
        Opening = state.Opening,
        PreviousOperation = operation == _next ? _lastOperation : Sequence.Zero,
        BalanceBefore = operation == _next ? _balance : Points.Zero,
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
        _entries.Add(entry);
        _next = _next.Next;
    }
}
