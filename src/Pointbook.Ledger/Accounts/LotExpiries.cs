using System.Diagnostics;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The open lots of one account that expire, in the order of their expiries. Not thread-safe.</summary>
/// <remarks>Accounts without such lots have no such object, so their adds and spends do not pay for it.</remarks>
internal sealed class LotExpiries
{
    private const long FieldBytes = 24;

    private readonly SortedSet<LotExpiry> _byExpiry;
    private Instant? _first;

    public LotExpiries()
        : this([])
    {
    }

    private LotExpiries(IEnumerable<LotExpiry> lots)
    {
        _byExpiry = new SortedSet<LotExpiry>(lots);
        _first = FindFirst();
    }

    /// <summary>The number of lots.</summary>
    public int Count => _byExpiry.Count;

    /// <summary>When the first lot expires; null if there is none.</summary>
    public Instant? First => _first;

    /// <summary>Its size in memory, in bytes.</summary>
    public long SizeInBytes => HeapSize.Header + FieldBytes + HeapSize.SortedSet + (_byExpiry.Count * HeapSize.SortedNodeOf<LotExpiry>());

    /// <summary>Collects the lots that expire; null if there are none.</summary>
    public static LotExpiries? Of(IEnumerable<LotSnapshot> lots)
    {
        List<LotExpiry> expiring = [.. lots.Where(lot => lot.ExpiresAt is not null).Select(lot => new LotExpiry(lot.ExpiresAt!.Value, lot.Key))];
        return expiring.Count == 0 ? null : new LotExpiries(expiring);
    }

    public void Add(LotExpiry lot)
    {
        bool isNew = _byExpiry.Add(lot);
        Debug.Assert(isNew, "A lot opens once.");
        if (_first is null || lot.ExpiresAt < _first)
        {
            _first = lot.ExpiresAt;
        }
    }

    public void Remove(LotExpiry lot)
    {
        bool wasThere = _byExpiry.Remove(lot);
        Debug.Assert(wasThere, "Every open lot that expires is in the index.");
        if (lot.ExpiresAt == _first)
        {
            _first = FindFirst();
        }
    }

    /// <summary>The lots that have expired by an instant: earliest first, then in lot order.</summary>
    public IEnumerable<LotExpiry> DueBy(Instant now) => _byExpiry.TakeWhile(lot => lot.ExpiresAt <= now);

    /// <summary>When the first lot expires after an instant; null if none does. It skips lots that have expired.</summary>
    public Instant? FirstAfter(Instant now)
    {
        foreach (LotExpiry lot in _byExpiry)
        {
            if (lot.ExpiresAt > now)
            {
                return lot.ExpiresAt;
            }
        }

        return null;
    }

    private Instant? FindFirst() => _byExpiry.Count == 0 ? null : _byExpiry.Min.ExpiresAt;
}

/// <summary>When an open lot expires.</summary>
/// <param name="ExpiresAt">The expiry.</param>
/// <param name="Lot">The lot.</param>
internal readonly record struct LotExpiry(Instant ExpiresAt, LotKey Lot) : IComparable<LotExpiry>
{
    public int CompareTo(LotExpiry other)
    {
        int order = ExpiresAt.CompareTo(other.ExpiresAt);
        return order != 0 ? order : Lot.CompareTo(other.Lot);
    }

    public static bool operator <(LotExpiry left, LotExpiry right) => left.CompareTo(right) < 0;

    public static bool operator >(LotExpiry left, LotExpiry right) => left.CompareTo(right) > 0;

    public static bool operator <=(LotExpiry left, LotExpiry right) => left.CompareTo(right) <= 0;

    public static bool operator >=(LotExpiry left, LotExpiry right) => left.CompareTo(right) >= 0;
}
