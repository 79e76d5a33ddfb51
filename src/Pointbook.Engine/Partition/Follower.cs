using Microsoft.Extensions.Logging;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>Follows what others append to the journal, within bounded memory however far ahead they are. Owned by the loop.</summary>
internal sealed class Follower(PartitionParts parts, PartitionMemory memory, Projector projector, JournalDamage damage)
{
    private readonly IJournal _journal = parts.Journal;
    private readonly ILogger _logger = parts.Logger;
    private readonly long _lagMax = parts.Options.LagEntriesMax;
    private volatile bool _isHeadUncertain;
    private bool _isBehind;
    private bool _isUnreadable;

    /// <summary>Whether the end of the journal could not be read, or may not be where it is believed to be. Readable from any thread.</summary>
    public bool IsHeadUncertain => _isHeadUncertain;

    /// <summary>Whether nothing may be decided before <see cref="CatchUpAsync"/> has succeeded.</summary>
    public bool MustCatchUp => _isHeadUncertain || _isBehind;

    /// <summary>Takes note that the journal may have more than is known.</summary>
    public void DoubtHead() => _isHeadUncertain = true;

    /// <summary>Takes note that the journal could not be read.</summary>
    public void DoubtHead(JournalException failure)
    {
        if (!_isUnreadable)
        {
            // While the store is gone, every request and every health check comes here, and once is enough to know.
            _logger.HeadUnreadable(failure);
        }

        (_isUnreadable, _isHeadUncertain) = (true, true);
    }

    /// <summary>Takes note that others have written more than is known.</summary>
    public void NoticeBehind() => _isBehind = true;

    /// <summary>Brings the memory up to the end of the journal, where nothing else than reading shows what others wrote.</summary>
    /// <returns>Null if it is there; otherwise why not, and the next call goes on from where this one ended.</returns>
    public async ValueTask<RefusalCode?> CatchUpAsync()
    {
        _isBehind = true;
        try
        {
            if (await FollowAsync().ConfigureAwait(false) is { } refusal)
            {
                // The end was not reached, so the head stays as uncertain as it was.
                return refusal;
            }

            if (_isHeadUncertain && memory.Head.Last > Sequence.Zero)
            {
                // What is read now may be a commit whose outcome was not known. Nothing may rest on it before it is durable.
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

    /// <summary>Holds writers back while the projection is too far behind.</summary>
    /// <returns>Whether writes may be taken; reads always may.</returns>
    public async ValueTask<bool> WaitForProjectionAsync() =>
        memory.Lag <= _lagMax || await TryWaitAsync(_lagMax, parts.Options.LagWaitMax).ConfigureAwait(false);

    private async ValueTask<RefusalCode?> FollowAsync()
    {
        long started = parts.Clock.GetTimestamp();
        JournalHead end = await _journal.ReadHeadAsync(CancellationToken.None).ConfigureAwait(false);
        if (end.Last < memory.Head.Last || (end.Last == memory.Head.Last && end.Seal != memory.Head.Seal))
        {
            throw new JournalException($"The journal ends at entry {end.Last} and does not hold what was read up to entry {memory.Head.Last}: it was replaced.");
        }

        if (_journal.IsShared && end.Last.Value - Math.Min(memory.Projected.Value, memory.Head.Last.Value) > _lagMax)
        {
            await SkipAheadAsync().ConfigureAwait(false);
        }

        while (!await TryReadToEndAsync().ConfigureAwait(false))
        {
            TimeSpan left = parts.Options.LagWaitMax - parts.Clock.GetElapsedTime(started);
            if (!HasRoom() && !(await TryWaitAsync(_lagMax / 2, left).ConfigureAwait(false) && HasRoom()))
            {
                return RefusalCode.ProjectionBehind;
            }
        }

        return null;
    }

    /// <summary>Whether the tail may take more, once what is projected has left it.</summary>
    private bool HasRoom()
    {
        memory.TakeProjected(projector.Position);

        // Loads that rely on what goes here are outdated when they end. Keeping it for them would keep it without a bound.
        memory.TrimTail(memory.Projected);
        return memory.TailLength < _lagMax;
    }

    /// <summary>Reads commits until the tail holds as much as it may.</summary>
    /// <returns>Whether the journal ended before that.</returns>
    private async ValueTask<bool> TryReadToEndAsync()
    {
        await foreach (Commit commit in _journal.ReadCommitsAsync(memory.Head.Last, CancellationToken.None).ConfigureAwait(false))
        {
            if (memory.TailLength >= _lagMax)
            {
                return false;
            }

            memory.TakeForeign(commit);
            projector.Enqueue(commit);
        }

        return true;
    }

    /// <summary>Lets others' projecting spare the reading: goes on from where the projection is, unless it has gone back.</summary>
    private async ValueTask SkipAheadAsync()
    {
        if (await ReadPositionAsync().ConfigureAwait(false) is not { } position || position.Last < memory.Projected)
        {
            return;
        }

        if (await _journal.ReadSealAsync(position.Last, CancellationToken.None).ConfigureAwait(false) != position.Seal)
        {
            // It belongs to another journal. The projector finds that out as well, and says so.
            return;
        }

        // Read after the position, so that it cannot be before it.
        JournalHead end = await _journal.ReadHeadAsync(CancellationToken.None).ConfigureAwait(false);
        if (position.Last > memory.Head.Last)
        {
            _logger.SkippedAhead(end.Last.Value, position.Last.Value, memory.Head.Last.Value);

            // The time of a commit in the middle is not known here. Nothing is decided before the commits after it are read.
            memory.Begin(new JournalHead(position.Last, position.Seal, position.Last == end.Last ? end.Time : JournalHead.Empty.Time));
        }

        memory.TakeProjected(position.Last);
        projector.SkipTo(position.Last);
    }

    private async ValueTask<ProjectionPosition?> ReadPositionAsync()
    {
        try
        {
            return await parts.Projection.ReadPositionAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (StorageFailureException failure)
        {
            _logger.PositionUnreadable(failure);
            return null;
        }
    }

    /// <summary>Waits until the projection is behind by no more than so many entries.</summary>
    private async ValueTask<bool> TryWaitAsync(long lag, TimeSpan waitMax)
    {
        if (projector.LastFailure is not null || waitMax < TimeSpan.Zero)
        {
            return false;
        }

        using CancellationTokenSource tooLong = new(waitMax, parts.Clock);
        try
        {
            await projector.WaitForAsync(new Sequence(memory.Head.Last.Value - lag), tooLong.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            _logger.ProjectionBehind(memory.Lag);
            return false;
        }
    }
}
