using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The pending spends of one account, and those that its latest flush set aside. Not thread-safe.</summary>
/// <remarks>Accounts without either have no such object, so their adds and spends do not pay for it.</remarks>
internal sealed class AccountHolds : IHoldTarget
{
    private const long FieldBytes = 16;

    private HoldBook? _pending;
    private HoldBook? _setAside;

    /// <summary>The pending spends.</summary>
    public HoldBook Pending => _pending ?? HoldBook.None;

    /// <summary>The holds that a store keeps: directly after a flush those set aside, otherwise the pending ones.</summary>
    public HoldBook Stored => _setAside ?? Pending;

    /// <summary>Whether no spends are pending or set aside, so that the account can drop this object.</summary>
    public bool IsEmpty => _pending is null && _setAside is null;

    /// <summary>Their approximate size in memory, in bytes.</summary>
    public long SizeInBytes => HeapSize.Header + FieldBytes + (_pending?.SizeInBytes ?? 0) + (_setAside?.SizeInBytes ?? 0);

    /// <summary>Restores the holds that a store kept.</summary>
    /// <returns>The holds; null if there are none.</returns>
    public static AccountHolds? Of(IReadOnlyList<HoldSnapshot> holds, bool areSetAside)
    {
        if (holds.Count == 0)
        {
            return null;
        }

        HoldBook book = new();
        foreach (HoldSnapshot snapshot in holds)
        {
            Hold hold = book.Open(snapshot.Spend, snapshot.EndsAt);
            foreach (HeldDraw draw in snapshot.Draws)
            {
                book.Add(hold, draw);
            }
        }

        return areSetAside ? new AccountHolds { _setAside = book } : new AccountHolds { _pending = book };
    }

    public void Open(Sequence spend, Instant endsAt) => (_pending ??= new HoldBook()).Open(spend, endsAt);

    public void AddDraw(Entry draw) => _pending?.AddDraw(draw);

    public void Close(Sequence spend)
    {
        _pending?.Close(spend);
        _pending = _pending?.Count > 0 ? _pending : null;
    }

    public void SetAside() => (_setAside, _pending) = (_pending, null);

    public void BringBack() => (_pending, _setAside) = (_setAside, null);

    public void ForgetSetAside() => _setAside = null;
}
