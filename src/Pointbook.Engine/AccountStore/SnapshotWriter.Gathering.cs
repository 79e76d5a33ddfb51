using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <content>The gathering of commits for a round.</content>
internal sealed partial class SnapshotWriter
{
    /// <summary>Fills a round with the enqueued commits, after letting them gather for a while. A failed round stays as it is.</summary>
    /// <returns>False once everything is in the account store and no more commits will come.</returns>
    private async ValueTask<bool> MoreAsync(List<Commit> round)
    {
        Drop(round, Position);
        while (round.Count == 0 && !_mustLook)
        {
            if (!await _commits.Reader.WaitToReadAsync(_stopping).ConfigureAwait(false))
            {
                return false;
            }

            await GatherAsync().ConfigureAwait(false);
            Fill(round);
        }

        if (round.Count == 0)
        {
            // A look that fails again and again must not keep rounds from being written.
            Fill(round);
        }

        return true;
    }

    /// <summary>Adds consecutive commits, except those that other processes have written.</summary>
    private void Fill(List<Commit> round)
    {
        Sequence position = Position;
        int entries = 0;
        while (entries < _parts.SnapshotWriterOptions.RoundEntriesMax && _commits.Reader.TryPeek(out Commit? commit))
        {
            if (commit is not null && round.Count > 0 && commit.First != round[^1].Last.Next)
            {
                return;
            }

            _commits.Reader.TryRead(out _);
            Interlocked.Add(ref _queuedEntries, -(commit?.Entries.Count ?? 0));
            if (commit is null)
            {
                Volatile.Write(ref _isLookQueued, 0);
                _mustLook = true;
            }
            else if (commit.Last > position)
            {
                round.Add(commit);
                entries += commit.Entries.Count;
            }
        }
    }

    private async Task GatherAsync()
    {
        Task hurry;
        lock (_lock)
        {
            if (_waiters.Count > 0 || _isEnding || Volatile.Read(ref _isLookQueued) != 0
                || Interlocked.Read(ref _queuedEntries) >= _parts.SnapshotWriterOptions.RoundEntriesMax)
            {
                return;
            }

            if (_hurry.Task.IsCompleted)
            {
                _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            hurry = _hurry.Task;
        }

        await hurry.WaitAsync(_parts.SnapshotWriterOptions.RoundDelay, _parts.Clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Ends the gathering.</summary>
    private void Hurry()
    {
        lock (_lock)
        {
            _hurry.TrySetResult();
        }
    }
}
