using Microsoft.Extensions.Logging;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>Follows the commits that other processes append to the journal, in bounded memory however far ahead they are. Owned by the loop.</summary>
internal sealed class Follower(PartitionParts parts, PartitionMemory memory, SnapshotWriter snapshotWriter, JournalDamage damage)
{
    private readonly IJournal _journal = parts.Journal;
    private readonly ILogger _logger = parts.Logger;
    private readonly long _lagMax = parts.Options.LagEntriesMax;
    private volatile bool _isHeadUncertain;
    private bool _isBehind;
    private bool _isUnreadable;

    /// <summary>Whether the head of the journal could not be read, or may differ from the known one. Readable from any thread.</summary>
    public bool IsHeadUncertain => _isHeadUncertain;

    /// <summary>Whether <see cref="CatchUpAsync"/> must succeed before the loop decides anything.</summary>
    public bool MustCatchUp => _isHeadUncertain || _isBehind;

    /// <summary>Records that the journal may have more commits than the known ones.</summary>
    public void DoubtHead() => _isHeadUncertain = true;

    /// <summary>Records that the journal could not be read.</summary>
    public void DoubtHead(JournalException failure)
    {
        if (!_isUnreadable)
        {
            // While the store is unavailable, every request and every health check comes here. Log it once only.
            _logger.HeadUnreadable(failure);
        }

        (_isUnreadable, _isHeadUncertain) = (true, true);
    }

    /// <summary>Records that other processes have written more commits than the known ones.</summary>
    public void NoticeBehind() => _isBehind = true;

    /// <summary>Updates the memory to the end of the journal. Only reading the journal shows what other processes wrote.</summary>
    /// <returns>Null if it reached the end; otherwise why not. The next call continues where this one ended.</returns>
    public async ValueTask<RefusalCode?> CatchUpAsync()
    {
        _isBehind = true;
        try
        {
            if (await FollowAsync().ConfigureAwait(false) is { } refusal)
            {
                // The end was not reached, so the head remains as uncertain as before.
                return refusal;
            }

            if (_isHeadUncertain && memory.Head.Last > Sequence.Zero)
            {
                // The last commit read may be one of unknown outcome. No answer may depend on it before it is durable.
                await _journal.ConfirmAsync(memory.Head.Last, CancellationToken.None).ConfigureAwait(false);
            }

            if (_isUnreadable)
            {
                _logger.HeadKnownAgain(memory.Head.Last.Value);
            }

            (_isBehind, _isHeadUncertain, _isUnreadable) = (false, false, false);
            return null;
        }
        catch (JournalException failure)
        {
            DoubtHead(failure);
            if (failure is not JournalDamagedException found)
            {
                return RefusalCode.StorageUnavailable;
            }

            damage.Report(found);
            return RefusalCode.JournalDamaged;
        }
    }

    /// <summary>Makes writers wait while the account store is too far behind.</summary>
    /// <returns>Whether writes are accepted. Reads always are.</returns>
    public async ValueTask<bool> WaitForAccountStoreAsync() =>
        memory.Lag <= _lagMax || await TryWaitAsync(_lagMax, parts.Options.LagWaitMax).ConfigureAwait(false);

    private async ValueTask<RefusalCode?> FollowAsync()
    {
        long started = parts.Clock.GetTimestamp();
        JournalHead end = await _journal.ReadHeadAsync(CancellationToken.None).ConfigureAwait(false);
        if (end.Last < memory.Head.Last || (end.Last == memory.Head.Last && end.Seal != memory.Head.Seal))
        {
            throw new JournalException($"The journal ends at entry {end.Last} and lacks what this process has read up to entry {memory.Head.Last}: the journal was replaced.");
        }

        if (_journal.IsShared && end.Last.Value - Math.Min(memory.StoredThrough.Value, memory.Head.Last.Value) > _lagMax)
        {
            await SkipAheadAsync().ConfigureAwait(false);
        }

        while (!await TryReadToEndAsync().ConfigureAwait(false))
        {
            TimeSpan left = parts.Options.LagWaitMax - parts.Clock.GetElapsedTime(started);
            if (!HasRoom() && !(await TryWaitAsync(_lagMax / 2, left).ConfigureAwait(false) && HasRoom()))
            {
                return RefusalCode.CatchingUp;
            }
        }

        return null;
    }

    /// <summary>Trims stored commits and returns whether the tail has room for more.</summary>
    private bool HasRoom()
    {
        memory.AdvanceStored(snapshotWriter.Position);

        // Loads that rely on trimmed commits become outdated. Keeping the commits for them would need unbounded memory.
        memory.TrimTail(memory.StoredThrough);
        return memory.TailLength < _lagMax;
    }

    /// <summary>Reads commits until the tail is full.</summary>
    /// <returns>Whether it reached the end of the journal first.</returns>
    private async ValueTask<bool> TryReadToEndAsync()
    {
        await foreach (Commit commit in _journal.ReadCommitsAsync(memory.Head.Last, CancellationToken.None).ConfigureAwait(false))
        {
            if (memory.TailLength >= _lagMax)
            {
                return false;
            }

            memory.TakeForeign(commit);
            snapshotWriter.Enqueue(commit);
            parts.Commits.Raise();
        }

        return true;
    }

    /// <summary>Skips commits that other processes have written: continues from the account store's position, unless that has gone back.</summary>
    private async ValueTask SkipAheadAsync()
    {
        if (await ReadPositionAsync().ConfigureAwait(false) is not { } position || position.Last < memory.StoredThrough)
        {
            return;
        }

        if (await _journal.ReadSealAsync(position.Last, CancellationToken.None).ConfigureAwait(false) != position.Seal)
        {
            // The account store belongs to another journal. The snapshot writer rebuilds it.
            snapshotWriter.LookAgain();
            return;
        }

        // Read the head after the position, so that it cannot be before the position.
        JournalHead end = await _journal.ReadHeadAsync(CancellationToken.None).ConfigureAwait(false);
        if (position.Last > memory.Head.Last)
        {
            _journal.ForgetNames();
            _logger.SkippedAhead(end.Last.Value, position.Last.Value, memory.Head.Last.Value);

            // The time of a commit before the end is unknown here. The loop reads the later commits before it decides anything.
            memory.Begin(new JournalHead(position.Last, position.Seal, position.Last == end.Last ? end.Time : JournalHead.Empty.Time));
        }

        memory.AdvanceStored(position.Last);
        snapshotWriter.SkipTo(position.Last);
        parts.Commits.Raise();
    }

    private async ValueTask<AccountStorePosition?> ReadPositionAsync()
    {
        try
        {
            return await parts.AccountStore.ReadPositionAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageFailureException failure)
        {
            _logger.PositionUnreadable(failure);
            return null;
        }
    }

    /// <summary>Waits until the account store is at most this many entries behind.</summary>
    private async ValueTask<bool> TryWaitAsync(long lag, TimeSpan waitMax)
    {
        if (snapshotWriter.LastFailure is not null || waitMax < TimeSpan.Zero)
        {
            return false;
        }

        using CancellationTokenSource tooLong = new(waitMax, parts.Clock);
        try
        {
            await snapshotWriter.WaitForAsync(new Sequence(memory.Head.Last.Value - lag), tooLong.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            _logger.AccountStoreBehind(memory.Lag);
            return false;
        }
    }
}
