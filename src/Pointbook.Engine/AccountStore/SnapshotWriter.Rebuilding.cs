using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <content>The rebuilding of the whole account store while the partition runs.</content>
internal sealed partial class SnapshotWriter
{
    // A disk may damage the tables again and again. Rebuilds then take at most about a tenth of the time.
    private const int EmptyingPauseFactor = 10;
    private static readonly TimeSpan EmptyingPauseMin = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan EmptyingPauseMax = TimeSpan.FromHours(1);

    private long? _emptiedAt;
    private TimeSpan _emptyingPause;

    // An emptying that fails is tried again after each RetryDelay, and logged once.
    private bool _isEmptying;

    /// <summary>Whether this process may empty the tables now.</summary>
    private bool MayEmpty => _parts.SnapshotWriterOptions.Repairs && !(_emptiedAt is { } emptiedAt && _parts.Clock.GetElapsedTime(emptiedAt) < _emptyingPause);

    /// <summary>Reads the position, and compares it with the journal. A changed position could otherwise claim entries that the tables lack.</summary>
    /// <remarks>Recorded damage counts only when the tables may be emptied. Until then, rounds go on, and reads that meet the damage fail.</remarks>
    /// <exception cref="AccountStoreDamagedException">The position is missing or not of this journal, or damage of the tables is recorded.</exception>
    private async ValueTask<Sequence> ReadCheckedPositionAsync()
    {
        AccountStorePosition position = await _parts.AccountStore.ReadPositionAsync(_stopping).ConfigureAwait(false);
        if (!await _catchUp.IsOfJournalAsync(position, _stopping).ConfigureAwait(false))
        {
            throw new AccountStoreDamagedException($"The account store does not match the journal at entry {position.TargetLast}.");
        }

        _upkeep.Check(position.RowsOfNoAccount);
        return position.Damage is { } damage && MayEmpty ? throw new AccountStoreDamagedException(damage) : position.Last;
    }

    /// <summary>Empties the tables, because nothing less helps. Accounts in memory are served meanwhile, and loads wait for the rebuild.</summary>
    /// <exception cref="AccountStoreDamagedException">Repairs are disabled, or the tables were emptied a short while ago.</exception>
    private async ValueTask EmptyAsync(AccountStoreDamagedException damage)
    {
        if (!MayEmpty)
        {
            throw damage;
        }

        BeginRebuilding(Sequence.Zero, Position);
        if (!_isEmptying)
        {
            _isEmptying = true;
            _parts.Logger.AccountStoreEmptied(damage);
        }

        await _parts.AccountStore.ResetAsync(_stopping).ConfigureAwait(false);

        // The pause begins now. After a failed emptying there may be no usable tables, so it must be tried again soon.
        (_isEmptying, _emptiedAt, _emptyingPause) = (false, _parts.Clock.GetTimestamp(), EmptyingPauseMin);
        _rounds.Forget();
        _upkeep.Forget();
    }

    /// <summary>Fills tables that this process or another one has emptied. Processes help each other, because the one that began may have stopped.</summary>
    /// <returns>The position of the account store after that.</returns>
    private async ValueTask<Sequence> RebuildAsync(Sequence position, Sequence needed)
    {
        if (LastFailure is not AccountStoreBehindException)
        {
            _parts.Logger.AccountStoreWentBack(position.Value, needed.Value);
        }

        BeginRebuilding(position, needed);
        Sequence reached = await _catchUp.RunAsync(needed, _stopping).ConfigureAwait(false);
        if (_emptiedAt is { } emptiedAt)
        {
            TimeSpan pause = _parts.Clock.GetElapsedTime(emptiedAt) * EmptyingPauseFactor;
            _emptyingPause = pause < EmptyingPauseMin ? EmptyingPauseMin : pause < EmptyingPauseMax ? pause : EmptyingPauseMax;
        }

        return reached;
    }

    private void BeginRebuilding(Sequence position, Sequence needed)
    {
        lock (_lock)
        {
            _isRebuilding = true;
        }

        // The failure of an emptying stays, so that the same one is logged once.
        LastFailure = _isEmptying ? LastFailure : new AccountStoreBehindException(position, needed);
    }
}
