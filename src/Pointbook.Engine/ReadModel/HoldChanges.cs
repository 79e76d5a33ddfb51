using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Which pending spends of one account came and went. Not thread-safe.</summary>
/// <remarks>
/// The rows of holds that went with a flush stay until the account has another entry, because a restore brings them back. So
/// the rows are those of pending spends, or, where the account stands at its latest flush, those that the flush ended.
/// </remarks>
public sealed class HoldChanges : IHoldTarget
{
    // Most accounts have no holds, and a round has very many accounts.
    private SortedDictionary<Sequence, OpenedHold>? _opened;
    private HashSet<Sequence>? _closed;
    private OpenedHold? _latest;
    private readonly bool _wereSetAside;
    private bool _areSetAside;

    internal HoldChanges(bool areSetAside) => _wereSetAside = _areSetAside = areSetAside;

    /// <summary>Whether all rows of holds that the account has go, before those of <see cref="Opened"/> come.</summary>
    public bool DropsRows { get; private set; }

    /// <summary>Whether all rows that are there in the end are set aside by a flush, and so not due; null if that stays as it is.</summary>
    /// <remarks>New rows are not set aside.</remarks>
    public bool? SetsAside
    {
        get
        {
            bool isAside = _wereSetAside && !DropsRows;
            return _areSetAside ? (isAside && _opened is not { Count: > 0 } ? null : true) : isAside ? false : null;
        }
    }

    /// <summary>Whether holds come, or some of those that are there go.</summary>
    public bool HasRows => _opened is { Count: > 0 } || _closed is { Count: > 0 };

    /// <summary>The spends whose rows go, if there are any.</summary>
    public IReadOnlyCollection<Sequence> Closed => _closed ?? (IReadOnlyCollection<Sequence>)[];

    /// <summary>The spends that get rows, in order.</summary>
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
