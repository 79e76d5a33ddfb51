using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <content>The parts of a snapshot for lists and pages, without reading all of it.</content>
public sealed partial class StoredAccount
{
    /// <summary>The unread chunks that <see cref="ToBalance"/> needs.</summary>
    public IReadOnlyList<long> ChunksForBalance(Instant now)
    {
        List<long> needed = [];
        _payers.NeedAll(needed);
        NeedDue(now, needed);
        return needed;
    }

    /// <summary>Returns the rows that make up the balance of the account.</summary>
    /// <param name="now">Lots that have expired and holds that have ended by then are due.</param>
    public BalanceRows ToBalance(Instant now) =>
        new(Account, Row.StandsAt, IsFlushed ? Points.Zero : _held, PayersInOrder(), DueBy(now));

    /// <summary>The unread chunks that <see cref="ExpiredLots"/> needs.</summary>
    public IReadOnlyList<long> ChunksForExpiredLots(Instant now)
    {
        List<long> needed = [];
        _lots.NeedDueBy(now.UnixMicroseconds, needed);
        return needed;
    }

    /// <summary>The expired lots that the sweeper has not handled yet, in their order.</summary>
    public IEnumerable<LotSnapshot> ExpiredLots(Instant now) => _lots.DueBy(now.UnixMicroseconds);

    /// <summary>The chunks that <see cref="ToLots"/> needs next. A store provides them and asks again until there are none.</summary>
    public IReadOnlyList<long> ChunksForLots(LotQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        List<long> needed = [];
        NeedDue(query.Now, needed);
        NeedPage(query, needed);
        if (needed.Count > 0)
        {
            return needed;
        }

        List<LotSnapshot> page = PageOf(query);
        _payers.Need(PayersOf(page, DueBy(query.Now)).Order(), needed);
        return needed.Count > 0 ? [.. needed.Distinct()] : ChunksBefore(query, page);
    }

    /// <summary>Returns the rows of a page of lots.</summary>
    public LotRows ToLots(LotQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        List<LotSnapshot> page = PageOf(query);
        DueRows due = DueBy(query.Now);
        PayerSnapshot[] payers = LinesOf(page, due);
        OwedAtPlace owed = CountBefore(query, payers, out _);
        return new LotRows(Row.StandsAt, page, payers, due, owed.Owed);
    }

    private void NeedDue(Instant now, List<long> needed)
    {
        _lots.NeedDueBy(now.UnixMicroseconds, needed);
        if (!IsFlushed)
        {
            _holds.NeedDueBy(now.UnixMicroseconds, needed);
        }
    }

    private DueRows DueBy(Instant now)
    {
        LotSnapshot[] lots = [.. _lots.DueBy(now.UnixMicroseconds)];
        HoldSnapshot[] holds = IsFlushed ? [] : [.. _holds.DueBy(now.UnixMicroseconds)];
        return lots.Length + holds.Length == 0 ? DueRows.None : new DueRows(lots, holds);
    }

    /// <summary>Adds the chunks that the page needs. For unread chunks, assumes that no lot in them has expired.</summary>
    private void NeedPage(LotQuery query, List<long> needed)
    {
        int found = 0;
        foreach (SectionPart<LotSnapshot> part in PartsOf(query))
        {
            if (found >= query.CountMax)
            {
                return;
            }

            found += part.Items is null ? part.Count : part.Items.Count(lot => IsOfPage(lot, query));
            if (part.Items is null && !needed.Contains(part.Chunk))
            {
                needed.Add(part.Chunk);
            }
        }
    }

    private List<LotSnapshot> PageOf(LotQuery query) =>
        [.. PartsOf(query).TakeWhile(part => part.Items is not null).SelectMany(part => part.Items!).Where(lot => IsOfPage(lot, query)).Take(query.CountMax)];

    private IEnumerable<SectionPart<LotSnapshot>> PartsOf(LotQuery query) => _lots.PartsFrom(query.After?.Key ?? default, query.After is not null);

    private static bool IsOfPage(LotSnapshot lot, LotQuery query) =>
        !(lot.Key <= query.After?.Key) && !(lot.ExpiresAt <= query.Now);

    private static IEnumerable<PayerName> PayersOf(List<LotSnapshot> page, DueRows due) => page.Select(lot => lot.Payer).Concat(due.Payers).Distinct();

    private PayerSnapshot[] LinesOf(List<LotSnapshot> page, DueRows due) =>
    [
        .. PayersOf(page, due).Select(payer => _payers.TryFind(payer, out PayerSnapshot line)
            ? line
            : throw new InvalidRowException("a lot is of a payer without a balance")),
    ];

    /// <summary>The unread chunks before the place that determine what payers owe there. Each call returns about twice as many.</summary>
    private IReadOnlyList<long> ChunksBefore(LotQuery query, List<LotSnapshot> page)
    {
        OwedAtPlace owed = CountBefore(query, LinesOf(page, DueBy(query.Now)), out int counted);
        return owed.IsKnown
            ? []
            : [.. PartsBefore(query).Skip(counted).Where(part => part.Items is null).Take(counted + 1).Select(part => part.Chunk)];
    }

    /// <summary>Counts the lots before the place, up to the first unread chunk.</summary>
    private OwedAtPlace CountBefore(LotQuery query, PayerSnapshot[] payers, out int counted)
    {
        OwedAtPlace owed = new(query.After, Row.StandsAt, payers);
        counted = 0;
        foreach (SectionPart<LotSnapshot> part in PartsBefore(query))
        {
            if (owed.IsKnown || part.Items is null)
            {
                break;
            }

            counted++;
            foreach (LotSnapshot lot in part.Items.TakeWhile(lot => !owed.IsKnown && lot.Key <= query.After!.Key))
            {
                owed.Count(lot.Payer.Value, lot.Remaining);
            }
        }

        return owed;
    }

    private IEnumerable<SectionPart<LotSnapshot>> PartsBefore(LotQuery query) => query.After is { } after ? _lots.PartsUpTo(after.Key) : [];
}
