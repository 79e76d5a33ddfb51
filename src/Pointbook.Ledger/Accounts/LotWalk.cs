using Pointbook.Ledger.Entries;

namespace Pointbook.Ledger.Accounts;

/// <summary>Walks open lots in order, some of them as due events leave them. The queue must not change during the walk.</summary>
/// <param name="lots">The lots.</param>
/// <param name="changed">The changed lots in order, which need not be in the queue; a lot with no points left is closed. Null for none.</param>
internal struct LotWalk(in LotQueue lots, Lot[]? changed)
{
    private LotQueue.Enumerator _lots = lots.GetEnumerator();
    private bool _isBegun;
    private bool _hasLot;
    private bool _isOnChanged;
    private int _next;

    /// <summary>The current lot.</summary>
    public readonly ref readonly Lot Current => ref _isOnChanged ? ref changed![_next - 1] : ref _lots.Current;

    /// <summary>Moves to the next lot; false after the last one.</summary>
    public bool MoveNext() => changed is null ? _lots.MoveNext() : MoveNextChanged(changed);

    private bool MoveNextChanged(Lot[] replacing)
    {
        if (!_isBegun || !_isOnChanged)
        {
            (_isBegun, _hasLot) = (true, _lots.MoveNext());
        }

        _isOnChanged = false;
        while (_next < replacing.Length)
        {
            LotKey key = replacing[_next].Key;
            if (_hasLot && _lots.Current.Key < key)
            {
                return true;
            }

            if (_hasLot && _lots.Current.Key == key)
            {
                _hasLot = _lots.MoveNext();
            }

            if (replacing[_next++].Remaining.IsPositive)
            {
                _isOnChanged = true;
                return true;
            }
        }

        return _hasLot;
    }
}
