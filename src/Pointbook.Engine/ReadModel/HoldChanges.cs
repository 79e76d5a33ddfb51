using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Which pending spends of one account came and went. Not thread-safe.</summary>
/// <remarks>
/// The holds that went with a flush stay in the snapshot until the account has another entry, because a restore brings them back. So
/// it has those of pending spends, or, where the account stands at its latest flush, those that the flush ended.
/// </remarks>
public sealed class HoldChanges : IHoldTarget
{
    // Most accounts have no holds, and a round has very many accounts.
    private SortedDictionary<Sequence, OpenedHold>? _opened;
    private HashSet<Sequence>? _closed;
    private OpenedHold? _latest;
    private bool _areSetAside;

    internal HoldChanges(bool areSetAside) => _areSetAside = areSetAside;

    /// <summary>Whether all holds that the account has go, before those of <see cref="Opened"/> come.</summary>
    public bool DropsRows { get; private set; }

    /// <summary>Whether holds come, or some of those that are there go.</summary>
    public bool HasRows => _opened is { Count: > 0 } || _closed is { Count: > 0 };

    /// <summary>The spends whose holds go, if there are any.</summary>
    public IReadOnlyCollection<Sequence> Closed => _closed ?? (IReadOnlyCollection<Sequence>)[];

    /// <summary>The holds that come, in the order of their spends.</summary>
    public IEnumerable<HoldSnapshot> Opened =>
        _opened?.Values.Select(hold => new HoldSnapshot(hold.Spend, hold.EndsAt, hold.Draws)) ?? [];

    void IHoldTarget.Open(Sequence spend, Instant endsAt)
    {
        _latest = new OpenedHold(spend, endsAt, []);
        (_opened ??= []).Add(spend, _latest);
    }

    void IHoldTarget.AddDraw(Entry draw)
    {
        if (_latest?.Spend == draw.Operation)
        {
            _latest.Draws.Add(HeldDraw.Of(draw));
        }
    }

    void IHoldTarget.Close(Sequence spend)
    {
        if (_opened?.Remove(spend) is not true && !DropsRows)
        {
            (_closed ??= []).Add(spend);
        }
    }

    void IHoldTarget.SetAside() => _areSetAside = true;

    void IHoldTarget.BringBack() => _areSetAside = false;

    void IHoldTarget.ForgetSetAside()
    {
        if (_areSetAside)
        {
            DropsRows = true;
            _areSetAside = false;
            _opened = null;
            _closed = null;
        }
    }

    private sealed record OpenedHold(Sequence Spend, Instant EndsAt, List<HeldDraw> Draws);
}
