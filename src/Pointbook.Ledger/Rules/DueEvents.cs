using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>The due events of an account, and what they leave of what they touch. Immutable.</summary>
internal sealed class DueEvents
{
    // Eight fields of eight bytes and two of sixteen. An entry has sixteen fields' worth.
    private const long FieldBytes = 96;
    private const long EntryBytes = HeapSize.Header + 128;

    // What a set takes for each number, of which half may be unused.
    private const long EndedBytes = 40;

    private readonly List<Entry> _entries;
    private readonly Dictionary<PayerLine, Points> _points;
    private readonly HashSet<Sequence> _ended;
    private readonly Instant _asOf;
    private readonly Instant? _following;

    /// <summary>Gathers due events.</summary>
    /// <param name="asOf">When they were due.</param>
    /// <param name="following">When the next event behind them is due; null if there is none.</param>
    /// <param name="entries">What they write.</param>
    /// <param name="lots">The lots they touch, as they leave them.</param>
    /// <param name="points">By how much they change the balances of payers.</param>
    /// <param name="outstanding">What the payers that settled something still owe.</param>
    /// <param name="ended">The holds that ended.</param>
    public DueEvents(
        Instant asOf,
        Instant? following,
        List<Entry> entries,
        Lot[] lots,
        Dictionary<PayerLine, Points> points,
        Dictionary<PayerLine, Points> outstanding,
        IReadOnlyCollection<Hold> ended)
    {
        _asOf = asOf;
        _following = following;
        _entries = entries;
        Lots = lots;
        _points = points;
        Outstanding = outstanding;
        _ended = ended.Select(hold => hold.Spend).ToHashSet();
        Points = points.Values.Aggregate(Points.Zero, (sum, change) => sum + change);
        Returned = ended.SelectMany(hold => hold.Draws).Aggregate(Points.Zero, (sum, draw) => sum + draw.Points);
    }

    /// <summary>What they write, in order.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>The lots they touch as they leave them, in the order of lots; nothing left means gone.</summary>
    public Lot[] Lots { get; }

    /// <summary>By how much the account's balance changes.</summary>
    public Points Points { get; }

    /// <summary>How many points the holds that ended held.</summary>
    public Points Returned { get; }

    /// <summary>What the payers that settled something still owe.</summary>
    public Dictionary<PayerLine, Points> Outstanding { get; }

    /// <summary>About how much memory they take, in bytes. The names of payers belong to the state.</summary>
    public long SizeInBytes => HeapSize.Header + FieldBytes + HeapSize.List + HeapSize.ArrayOf<Entry>(_entries.Capacity) + (_entries.Count * EntryBytes)
        + HeapSize.ArrayOf<Lot>(Lots.Length) + HeapSize.Of(_points) + HeapSize.Of(Outstanding) + (_ended.Count * EndedBytes);

    /// <summary>Whether the same events are due at an instant, as long as the state does not change.</summary>
    public bool HoldsAt(Instant now) => now >= _asOf && !(_following <= now);

    /// <summary>By how much a payer's balance changes.</summary>
    public Points PointsOf(PayerLine line) => _points.GetValueOrDefault(line);

    /// <summary>Whether the hold of a spend has ended.</summary>
    public bool HasEnded(Sequence spend) => _ended.Contains(spend);
}
