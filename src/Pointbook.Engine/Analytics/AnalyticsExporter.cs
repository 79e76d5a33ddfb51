using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Analytics;

/// <summary>Fills the analytics tables of one partition from its journal. No other part waits for it, and its failures affect only readers of the tables.</summary>
/// <remarks>It keeps no accounts in memory, and at most the entries of one round. Exporters of other processes may fill the same tables.</remarks>
internal sealed class AnalyticsExporter : IDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(10);

    private readonly IJournal _journal;
    private readonly CommitSignal _commits;
    private readonly IAnalyticsStore _store;
    private readonly AnalyticsParts _parts;
    private readonly SemaphoreSlim _turns;
    private readonly AnalyticsMetrics _metrics;
    private readonly int _partition;

    // The position known to belong to this journal: checked, or written by this exporter.
    private AnalyticsPosition? _checked;

    // Whether the current step relies on that position instead of comparing the seals.
    private bool _isSealTrusted;
    private Sequence _damagedAt;
    private string? _failure;
    private bool _hasCaughtUp;
    private long _reported;

    public AnalyticsExporter(FollowedJournal followed, IAnalyticsStore store, AnalyticsParts parts, SemaphoreSlim turns)
    {
        _journal = followed.Journal;
        _commits = followed.Commits;
        _store = store;
        _parts = parts;
        _turns = turns;
        _partition = _journal.Partition;
        _metrics = new AnalyticsMetrics(_partition, parts.Clock);
        _reported = parts.Clock.GetTimestamp();
    }

    /// <summary>Exports until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                Task next = _commits.NextAsync();
                if (await TryExportAsync(cancellationToken).ConfigureAwait(false))
                {
                    await RestAsync(next, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The next start continues from the position. A failure caused by the shutdown is not worth logging.
        }
        catch (Exception bug)
        {
            // No other part depends on the tables, so the process continues without them.
            _parts.Logger.AnalyticsStoppedByBug(bug, _partition);
        }
    }

    public void Dispose() => _metrics.Dispose();

    /// <summary>Waits until there may be work, then lets commits gather.</summary>
    /// <param name="next">Completes after the next commit that the partition of this process writes or reads.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    private async ValueTask RestAsync(Task next, CancellationToken cancellationToken)
    {
        if (!_journal.IsShared)
        {
            _metrics.HasAll();
            await next.WaitAsync(_parts.Options.LookInterval, _parts.Clock, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _metrics.HadAllAt(_parts.Clock.GetTimestamp());
            cancellationToken.ThrowIfCancellationRequested();
            if (!next.IsCompleted)
            {
                return;
            }
        }

        await Task.Delay(_parts.Options.Delay, _parts.Clock, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Runs one round. Waits after a failure.</summary>
    /// <returns>Whether the tables contain the whole journal.</returns>
    private async ValueTask<bool> TryExportAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
            bool isAtEnd;
            try
            {
                isAtEnd = await ExportAsync(cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _turns.Release();
            }

            if (_failure is not null)
            {
                _failure = null;
                _parts.Logger.AnalyticsExportedAgain(_partition);
            }

            return isAtEnd;
        }
        catch (JournalDamagedException) when (_isSealTrusted)
        {
            // A failover may have replaced the tables' last commit in the journal since the comparison. The next step compares it again.
            _checked = null;
            return false;
        }
        catch (StorageFailureException failure)
        {
            if (failure is JournalDamagedException damage)
            {
                _parts.Damage?.Report(damage);
            }

            if (_failure != failure.Message)
            {
                // A database that is unavailable fails in the same way each time, so log it once.
                _failure = failure.Message;
                _parts.Logger.AnalyticsFailed(failure, _partition);
            }

            await Task.Delay(_parts.Options.RetryDelay, _parts.Clock, cancellationToken).ConfigureAwait(false);
            return false;
        }
    }

    /// <summary>Writes the next part of the journal, or deletes some of the rows that must go.</summary>
    /// <returns>Whether the tables contain the whole journal.</returns>
    private async ValueTask<bool> ExportAsync(CancellationToken cancellationToken)
    {
        long began = _parts.Clock.GetTimestamp();
        AnalyticsPosition position = await _store.ReadPositionAsync(_partition, cancellationToken).ConfigureAwait(false);
        if (position.IsEmptying || !await IsOfJournalAsync(position, cancellationToken).ConfigureAwait(false))
        {
            return await EmptyAsync(cancellationToken).ConfigureAwait(false);
        }

        (List<Commit> commits, bool isAtEnd) = await ReadAsync(position, cancellationToken).ConfigureAwait(false);
        if (commits.Count > 0 && !await TryApplyAsync(AnalyticsRound.From(position, commits), cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        if (isAtEnd)
        {
            _metrics.HadAllAt(began);
            TellCaughtUp();
        }
        else
        {
            TellProgress();
        }

        return isAtEnd;
    }

    /// <summary>Writes a round. If it does not follow from the rows, empties the tables, unless the exporter already did so for the same entries.</summary>
    /// <returns>False if the round was not written, so that the next one must begin elsewhere.</returns>
    private async ValueTask<bool> TryApplyAsync(AnalyticsRound round, CancellationToken cancellationToken)
    {
        try
        {
            if (!await _store.ApplyAsync(round, cancellationToken).ConfigureAwait(false))
            {
                // Another process was faster, or is emptying the tables.
                return false;
            }
        }
        catch (AnalyticsDamagedException damage) when (round.End.Last > _damagedAt)
        {
            _damagedAt = round.End.Last;
            _parts.Logger.AnalyticsDamaged(damage, _partition);
            return await EmptyAsync(cancellationToken).ConfigureAwait(false);
        }

        _checked = round.End;
        _metrics.Exported(round.EntryCount);
        return true;
    }

    /// <returns>False, because the tables do not contain the whole journal.</returns>
    private async ValueTask<bool> EmptyAsync(CancellationToken cancellationToken)
    {
        _checked = null;
        _hasCaughtUp = false;
        await _store.EmptyAsync(_partition, cancellationToken).ConfigureAwait(false);
        return false;
    }

    /// <summary>Whether the journal contains the last commit of the tables. If not, the journal was replaced, for instance by a backup.</summary>
    private async ValueTask<bool> IsOfJournalAsync(AnalyticsPosition position, CancellationToken cancellationToken)
    {
        _isSealTrusted = position == _checked;
        if (_isSealTrusted)
        {
            return true;
        }

        if (await _journal.ReadSealAsync(position.Last, cancellationToken).ConfigureAwait(false) != position.Seal)
        {
            _parts.Logger.AnalyticsMismatch(_partition, position.Last.Value);
            return false;
        }

        _checked = position;
        return true;
    }

    /// <summary>Reads the commits of one round and checks their seals. Releases the journal before the caller writes, because writing may take long.</summary>
    private async ValueTask<(List<Commit> Commits, bool IsAtEnd)> ReadAsync(AnalyticsPosition position, CancellationToken cancellationToken)
    {
        // The time of the previous commit is unknown here. The check of ascending times starts with the next commit.
        JournalHead head = new(position.Last, position.Seal, JournalHead.Empty.Time);
        List<Commit> commits = [];
        await foreach (Commit commit in _journal.ReadCommitsAsync(position.Last, cancellationToken).ConfigureAwait(false))
        {
            JournalVerification.Check(commit, head);
            head = commit.ToHead();
            commits.Add(commit);
            if (head.Last.Value - position.Last.Value >= _parts.Options.RoundEntriesMax)
            {
                return (commits, false);
            }
        }

        return (commits, true);
    }

    /// <summary>Logs the progress from time to time until the tables have caught up.</summary>
    private void TellProgress()
    {
        if (!_hasCaughtUp && _parts.Clock.GetElapsedTime(_reported) >= ProgressInterval)
        {
            _reported = _parts.Clock.GetTimestamp();
            _parts.Logger.AnalyticsProgress(_partition, _checked!.Last.Value);
        }
    }

    private void TellCaughtUp()
    {
        if (!_hasCaughtUp)
        {
            _hasCaughtUp = true;
            _parts.Logger.AnalyticsCaughtUp(_partition, _checked!.Last.Value, _store.Place);
        }
    }
}
