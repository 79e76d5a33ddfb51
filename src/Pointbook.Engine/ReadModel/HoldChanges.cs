using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Which pending spends of one account came and went. Not thread-safe.</summary>
/// <remarks>
/// The rows of holds that went with a flush stay until the account has another entry, because a restore brings them back. So
/// the rows are those of pending spends, or, where the account stands at its latest flush, those that the flush ended.
/// </remarks>
public sealed class HoldChanges
{
    private readonly Dictionary<Sequence, OpenedHold> _opened = [];
    private readonly HashSet<Sequence> _closed = [];
    private OpenedHold? _latest;
    private bool _isFlushed;

    internal HoldChanges(bool isFlushed) => _isFlushed = isFlushed;

    /// <summary>Whether all rows of holds that the account has go, before those of <see cref="Opened"/> come.</summary>
    public bool DropsRows { get; private set; }

    /// <summary>The spends whose rows go, if there are any.</summary>
    public IReadOnlyCollection<Sequence> Closed => _closed;

    /// <summary>The spends that get rows, in order.</summary>
    public IEnumerable<HoldSnapshot> Opened => _opened.Values.OrderBy(hold => hold.Spend).Select(hold => new HoldSnapshot(hold.Spend, hold.EndsAt, hold.Draws));

    internal void Add(Entry entry)
    {
        if (_isFlushed && entry.Kind is not (EntryKind.Flush or EntryKind.Restore))
        {
            DropsRows = true;
            _opened.Clear();
            _closed.Clear();
        }

        _isFlushed = entry.Kind == EntryKind.Flush;
        switch (entry.Kind)
        {
            case EntryKind.Spend when entry.ExpiresAt is { } endsAt:
                _latest = new OpenedHold(entry.Sequence, endsAt, []);
                _opened.Add(entry.Sequence, _latest);
                break;
            case EntryKind.Draw when _latest?.Spend == entry.Operation:
                _latest.Draws.Add(new HeldDraw(new LotKey(entry.OccurredAt!.Value, entry.Lot!.Value), entry.Payer!, -entry.LotPoints, entry.ExpiresAt));
                break;
            case EntryKind.Capture or EntryKind.Reversal when !_opened.Remove(entry.Subject!.Value) && !DropsRows:
                _closed.Add(entry.Subject!.Value);
                break;
        }
    }

    private sealed record OpenedHold(Sequence Spend, Instant EndsAt, List<HeldDraw> Draws);
}
