using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The opened and closed holds of one account's pending spends. Not thread-safe.</summary>
/// <remarks>
/// Holds that a flush ended stay in the snapshot until the account has another entry, because a restore brings them back. So the snapshot
/// contains the holds of pending spends or, if the account stands at its latest flush, the holds that the flush ended.
/// </remarks>
public sealed class HoldChanges : IHoldTarget
{
    // Most accounts have no holds, and a round has very many accounts.
    private SortedDictionary<Sequence, OpenedHold>? _opened;
    private HashSet<Sequence>? _closed;
    private OpenedHold? _latest;
    private bool _areSetAside;

    internal HoldChanges()
    {
    }

    /// <summary>Whether to delete all existing holds of the account before adding those of <see cref="Opened"/>.</summary>
    public bool DropsRows { get; private set; }

    /// <summary>Whether there are holds to add, or existing ones to delete.</summary>
    public bool HasRows => _opened is { Count: > 0 } || _closed is { Count: > 0 };

    /// <summary>The spends whose existing holds, if any, are to be deleted.</summary>
    public IReadOnlyCollection<Sequence> Closed => _closed ?? (IReadOnlyCollection<Sequence>)[];

    /// <summary>The holds to add, in the order of their spends.</summary>
    public IEnumerable<HoldSnapshot> Opened =>
        _opened?.Values.Select(hold => new HoldSnapshot(hold.Spend, hold.EndsAt, hold.Draws)) ?? [];

    /// <summary>Begins the changes of an account. Forgets the previous ones.</summary>
    internal void Begin(bool areSetAside)
    {
        (_opened, _closed, _latest, DropsRows) = (null, null, null, false);
        _areSetAside = areSetAside;
    }

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
