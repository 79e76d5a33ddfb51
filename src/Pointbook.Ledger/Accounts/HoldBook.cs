using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The pending spends of one account. Not thread-safe.</summary>
internal sealed class HoldBook
{
    private const long FieldBytes = 48;

    private readonly Dictionary<Sequence, Hold> _bySpend = [];
    private readonly SortedSet<(Instant EndsAt, Sequence Spend)> _byEnd = [];
    private Hold? _latest;
    private long _holdBytes;

    /// <summary>An empty book. It must stay empty, because very many accounts share it.</summary>
    public static HoldBook None { get; } = new();

    /// <summary>The number of pending spends.</summary>
    public int Count => _bySpend.Count;

    /// <summary>The number of their draws.</summary>
    public int DrawCount { get; private set; }

    /// <summary>The points that they hold.</summary>
    public Points Points { get; private set; }

    /// <summary>Its size in memory, in bytes.</summary>
    public long SizeInBytes => HeapSize.Header + FieldBytes + HeapSize.Of(_bySpend) + HeapSize.SortedSet
        + (_byEnd.Count * HeapSize.SortedNodeOf<(Instant, Sequence)>()) + _holdBytes;

    /// <summary>The holds in the order of their spends' sequences.</summary>
    public IEnumerable<Hold> All => _bySpend.Values.OrderBy(hold => hold.Spend);

    /// <summary>When the first hold ends; null if there is none.</summary>
    public Instant? FirstEnd => _byEnd.Count == 0 ? null : _byEnd.Min.EndsAt;

    /// <summary>When the first hold ends after an instant; null if none does.</summary>
    public Instant? FirstEndAfter(Instant now)
    {
        foreach ((Instant endsAt, _) in _byEnd)
        {
            if (endsAt > now)
            {
                return endsAt;
            }
        }

        return null;
    }

    /// <summary>The holds that have ended by an instant: earliest end first, then by the spend's sequence.</summary>
    public IEnumerable<Hold> EndedBy(Instant now) => _byEnd.TakeWhile(hold => hold.EndsAt <= now).Select(hold => _bySpend[hold.Spend]);

    public bool TryFind(Sequence spend, [NotNullWhen(true)] out Hold? hold) => _bySpend.TryGetValue(spend, out hold);

    /// <summary>Opens a hold.</summary>
    public Hold Open(Sequence spend, Instant endsAt)
    {
        Debug.Assert(this != None, "The shared empty book stays empty.");
        Hold hold = new(spend, endsAt);
        _holdBytes += hold.SizeInBytes;
        _bySpend.Add(spend, hold);
        _byEnd.Add((endsAt, spend));
        _latest = hold;
        return hold;
    }

    /// <summary>Adds a draw to the hold of its spend. It ignores draws of spends that are not pending.</summary>
    public void AddDraw(Entry draw)
    {
        if (_latest?.Spend == draw.Operation)
        {
            Add(_latest, HeldDraw.Of(draw));
        }
    }

    public void Add(Hold hold, HeldDraw draw)
    {
        long before = hold.SizeInBytes;
        hold.Add(draw);
        _holdBytes += hold.SizeInBytes - before;
        DrawCount++;
        Points += draw.Points;
    }

    /// <summary>Removes the hold of a spend, if there is one.</summary>
    public void Close(Sequence spend)
    {
        if (_bySpend.Remove(spend, out Hold? hold))
        {
            _byEnd.Remove((hold.EndsAt, spend));
            _holdBytes -= hold.SizeInBytes;
            DrawCount -= hold.Draws.Count;
            foreach (HeldDraw draw in hold.Draws)
            {
                Points -= draw.Points;
            }

            _latest = _latest == hold ? null : _latest;
        }
    }
}
