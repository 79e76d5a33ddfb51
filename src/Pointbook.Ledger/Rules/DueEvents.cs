using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>The due events of an account, and the lots and balances after them. Immutable.</summary>
internal sealed class DueEvents
{
    // An upper bound: eight fields of eight bytes and one of sixteen. An entry counts as sixteen fields of eight bytes.
    private const long FieldBytes = 96;
    private const long EntryBytes = HeapSize.Header + 128;

    // The size of an element of a set, of which half may be unused.
    private const long EndedBytes = 40;

    private readonly List<Entry> _entries;
    private readonly Dictionary<PayerLine, Points> _points;
    private readonly HashSet<Sequence> _ended;
    private readonly Instant _asOf;
    private readonly Instant? _following;

    /// <summary>Collects due events.</summary>
    /// <param name="asOf">The instant for which they were computed.</param>
    /// <param name="following">When the next event after them is due; null if there is none.</param>
    /// <param name="entries">The entries that they write.</param>
    /// <param name="lots">The lots that they change, with the points left in them.</param>
    /// <param name="points">The change of each payer's balance.</param>
    /// <param name="outstanding">The deductions still unpaid of each payer that settled some.</param>
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

    /// <summary>The entries that they write, in order.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>The lots that they change, in lot order, with the points left. A lot with none left is closed.</summary>
    public Lot[] Lots { get; }

    /// <summary>The change of the account's balance.</summary>
    public Points Points { get; }

    /// <summary>The number of points in the holds that ended.</summary>
    public Points Returned { get; }

    /// <summary>The deductions still unpaid of each payer that settled some.</summary>
    public Dictionary<PayerLine, Points> Outstanding { get; }

    /// <summary>Their approximate size in memory, in bytes. The names of payers belong to the state.</summary>
    public long SizeInBytes => HeapSize.Header + FieldBytes + HeapSize.List + HeapSize.ArrayOf<Entry>(_entries.Capacity) + (_entries.Count * EntryBytes)
        + HeapSize.ArrayOf<Lot>(Lots.Length) + HeapSize.Of(_points) + HeapSize.Of(Outstanding) + (_ended.Count * EndedBytes);

    /// <summary>Whether the same events are due at another instant, if the state does not change.</summary>
    public bool HoldsAt(Instant now) => now >= _asOf && !(_following <= now);

    /// <summary>The change of a payer's balance.</summary>
    public Points PointsOf(PayerLine line) => _points.GetValueOrDefault(line);

    /// <summary>Whether the hold of a spend has ended.</summary>
    public bool HasEnded(Sequence spend) => _ended.Contains(spend);
}
