using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The pending spends of one account, and those that its latest flush set aside. Not thread-safe.</summary>
/// <remarks>Accounts without either have no such object, so their adds and spends do not pay for it.</remarks>
internal sealed class AccountHolds : IHoldTarget
{
    private const long FieldBytes = 32;

    private HoldBook? _pending;
    private HoldBook? _setAside;

    // How many spends the current flush or restore must still name, in the order of the spends. A snapshot does not know how many its operation has named.
    private int _unnamed;
    private Sequence _lastNamed;
    private bool _isPartlyKnown;

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

        return areSetAside ? new AccountHolds { _setAside = book, _isPartlyKnown = true } : new AccountHolds { _pending = book, _isPartlyKnown = true };
    }

    public void Open(Sequence spend, Instant endsAt) => (_pending ??= new HoldBook()).Open(spend, endsAt);

    public void AddDraw(Entry draw) => _pending?.AddDraw(draw);

    public void Close(Sequence spend)
    {
        _pending?.Close(spend);
        _pending = _pending?.Count > 0 ? _pending : null;
    }

    public void SetAside()
    {
        (_setAside, _pending) = (_pending, null);
        _unnamed = _setAside?.Count ?? 0;
    }

    public void BringBack()
    {
        (_pending, _setAside) = (_setAside, null);
        _unnamed = _pending?.Count ?? 0;
    }

    /// <summary>Begins the next operation.</summary>
    /// <exception cref="EntryMismatchException">The flush or restore before it did not name every spend that it ended or brought back.</exception>
    public void BeginOperation(Entry first)
    {
        if (_unnamed > 0)
        {
            throw new EntryMismatchException($"The operation before entry {first.Sequence} does not name {_unnamed} of the spends that were pending.");
        }

        (_lastNamed, _isPartlyKnown) = (Sequence.Zero, false);
    }

    /// <summary>Takes an entry of a flush or restore that names a pending spend.</summary>
    /// <returns>False if it names another one than the next of those that were pending.</returns>
    public bool TryName(Entry entry)
    {
        HoldBook? holds = entry.Kind == EntryKind.Flush ? _setAside : _pending;
        if ((_unnamed == 0 && !_isPartlyKnown) || entry.Subject is not { } spend || spend <= _lastNamed
            || holds is null || !holds.TryFind(spend, out Hold? hold) || hold.EndsAt != entry.ExpiresAt)
        {
            return false;
        }

        (_lastNamed, _unnamed) = (spend, Math.Max(0, _unnamed - 1));
        return true;
    }

    public void ForgetSetAside() => _setAside = null;
}
