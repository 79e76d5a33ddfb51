using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Makes a page of lots from rows. It applies due events, and each payer's first lots pay its unpaid deductions. Used once.</summary>
internal sealed class LotPager
{
    private readonly LotQuery _query;
    private readonly LotRows _rows;
    private readonly SortedDictionary<LotKey, LotSnapshot> _changes = [];
    private readonly Dictionary<PayerName, Points> _settled = [];
    private readonly Dictionary<PayerName, PayerSnapshot> _payers;

    public LotPager(LotQuery query, LotRows rows)
    {
        _query = query;
        _rows = rows;
        _payers = rows.Payers.ToDictionary(payer => payer.Name);
        if (!rows.Due.IsEmpty)
        {
            foreach (Entry entry in rows.Due.Apply(query.Account, rows.StandsAt, rows.Payers, query.Now).Due)
            {
                Add(entry);
            }
        }
    }

    /// <summary>Makes the page.</summary>
    /// <param name="partition">The partition of the account.</param>
    /// <param name="countMax">The most lots on the page. The row query asked for more, to show whether further lots exist.</param>
    public LotPage ToPage(int partition, int countMax)
    {
        List<LotSnapshot> lots = Merge();
        List<OpenLot> page = [];
        Dictionary<PayerName, Points> owed = [];
        foreach (LotSnapshot lot in lots.Take(countMax))
        {
            Points owes = owed.TryGetValue(lot.Payer, out Points left) ? left : OwedAtPlace(lot.Payer);
            Points deductions = Points.Min(owes, lot.Remaining);
            owed[lot.Payer] = owes - deductions;
            page.Add(new OpenLot(lot.Key, lot.Payer, lot.Remaining, deductions, lot.ExpiresAt));
        }

        return new LotPage(partition, _query.Now, page, lots.Count > countMax ? PlaceBehind(page[^1].Key) : null);
    }

    /// <summary>Adds up the changes that due events make to lots and to unpaid deductions.</summary>
    private void Add(Entry entry)
    {
        if (entry.Payer is null || entry.LotPoints.IsZero)
        {
            return;
        }

        LotKey key = new(entry.OccurredAt!.Value, entry.Lot!.Value);
        Points before = _changes.TryGetValue(key, out LotSnapshot change) ? change.Remaining : Points.Zero;
        _changes[key] = new LotSnapshot(key, entry.Payer, before + entry.LotPoints, entry.ExpiresAt);
        _settled[entry.Payer] = _settled.GetValueOrDefault(entry.Payer) + (entry.Points - entry.LotPoints);
    }

    /// <summary>The lots after the place, with due events applied. The rows contain no expired lots: due events empty those.</summary>
    private List<LotSnapshot> Merge()
    {
        bool isCut = _rows.Lots.Count == _query.CountMax;
        SortedDictionary<LotKey, LotSnapshot> lots = [];
        foreach (LotSnapshot lot in _rows.Lots)
        {
            lots.Add(lot.Key, lot);
        }

        foreach (LotSnapshot change in _changes.Values.Where(change => change.Remaining.IsPositive && !(change.Key <= _query.After?.Key)))
        {
            if (!isCut || change.Key <= _rows.Lots[^1].Key)
            {
                Points before = lots.TryGetValue(change.Key, out LotSnapshot lot) ? lot.Remaining : Points.Zero;
                lots[change.Key] = change with { Remaining = before + change.Remaining };
            }
        }

        return [.. lots.Values];
    }

    /// <summary>A payer's deductions that are still unpaid at the place, with due events applied.</summary>
    private Points OwedAtPlace(PayerName payer)
    {
        if (!_payers.TryGetValue(payer, out PayerSnapshot line) || !line.Outstanding.IsPositive)
        {
            return Points.Zero;
        }

        Points owedInRows = OwedInRows(line);
        if (owedInRows.IsZero)
        {
            // Expiring lots first pay unpaid deductions, so the lots before the place can still pay the same amount.
            return Points.Zero;
        }

        Int128 paid = line.Outstanding.Value - owedInRows.Value;
        if (_query.After is { } after)
        {
            paid += _changes.Values.Where(change => change.Payer == payer && change.Key <= after.Key)
                .Aggregate(Int128.Zero, (sum, change) => sum + change.Remaining.Value);
        }

        Int128 owed = line.Outstanding.Value - _settled.GetValueOrDefault(payer).Value - paid;
        return owed > 0 ? new Points(checked((long)owed)) : Points.Zero;
    }

    private Points OwedInRows(PayerSnapshot line) =>
        _rows.Owed.TryGetValue(line.FirstSequence, out Points owed) ? Points.Min(owed, line.Outstanding) : line.Outstanding;

    /// <summary>The place after a lot of the page. Its unpaid deductions come from rows alone, because due events may differ next time.</summary>
    private LotPlace PlaceBehind(LotKey last)
    {
        Dictionary<Sequence, Points> owed = new(_rows.Owed);
        foreach (LotSnapshot lot in _rows.Lots.Concat(_rows.Due.Lots).Where(lot => lot.Key <= last && !(lot.Key <= _query.After?.Key)))
        {
            PayerSnapshot line = _payers[lot.Payer];
            if (line.Outstanding.IsPositive)
            {
                Points before = owed.TryGetValue(line.FirstSequence, out Points known) ? Points.Min(known, line.Outstanding) : line.Outstanding;
                owed[line.FirstSequence] = before - Points.Min(before, lot.Remaining);
            }
        }

        bool knewAll = _query.After is null || (_query.After.KnowsAll && _query.After.StandsAt == _rows.StandsAt);
        return new LotPlace(
            last,
            _rows.StandsAt,
            owed.OrderBy(payer => payer.Key).Take(LotPlace.OwedMax).ToDictionary(),
            KnowsAll: knewAll && owed.Count <= LotPlace.OwedMax);
    }
}
