using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partitions;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Projection;

/// <summary>Carries what the journal holds into the projection, in rounds. Thread-safe.</summary>
internal sealed class Projector : IAsyncDisposable
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(2);

    private readonly IJournal _journal;
    private readonly IProjection _projection;
    private readonly ProjectorOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Action<Sequence> _onAdvanced;
    private readonly Channel<Commit> _commits = Channel.CreateUnbounded<Commit>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiters = [];
    private bool _isEnding;
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Sequence _position;
    private Task _running = Task.CompletedTask;

    public Projector(PartitionParts parts, Action<Sequence> onAdvanced)
    {
        _journal = parts.Journal;
        _projection = parts.Projection;
        _options = parts.ProjectorOptions;
        _clock = parts.Clock;
        _logger = parts.Logger;
        _onAdvanced = onAdvanced;
    }

    /// <summary>What the last round failed with; null if it did not.</summary>
    public Exception? LastFailure { get; private set; }

    /// <summary>Brings the projection up to the journal, rebuilding it if the two do not belong together, and begins to run.</summary>
    /// <returns>The head of the journal, up to which everything is projected.</returns>
    public async Task<JournalHead> StartAsync(CancellationToken cancellationToken)
    {
        JournalHead head;
        try
        {
            head = await CatchUpAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (ProjectionDamagedException damage)
        {
            _logger.ProjectionDamaged(damage);
            await _projection.ResetAsync(cancellationToken).ConfigureAwait(false);
            head = await CatchUpAsync(ProjectionPosition.Start, cancellationToken).ConfigureAwait(false);
        }

        _position = head.Last;
        _running = Task.Run(RunAsync, CancellationToken.None);
        return head;
    }

    /// <summary>Takes over a commit that is durable. Commits come in order, each once.</summary>
    public void Enqueue(Commit commit) => _commits.Writer.TryWrite(commit);

    /// <summary>Waits until everything up to an entry is projected, without letting more gather.</summary>
    public async Task WaitForAsync(Sequence through, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_position >= through)
            {
                return;
            }

            waiter = new Waiter(through, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiters.Add(waiter);
            _hurry.TrySetResult();
        }

        try
        {
            await waiter.Reached.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    /// <summary>Projects everything that was taken over, then ends.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        End();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends at once; what is not projected is projected at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        End();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopped.Dispose();
    }

    private async Task<JournalHead> CatchUpAsync(CancellationToken cancellationToken)
    {
        ProjectionPosition position = await _projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        if (!await IsOfJournalAsync(position, cancellationToken).ConfigureAwait(false))
        {
            _logger.ProjectionMismatch(position.TargetLast.Value);
            await _projection.ResetAsync(cancellationToken).ConfigureAwait(false);
            position = ProjectionPosition.Start;
        }

        return await CatchUpAsync(position, cancellationToken).ConfigureAwait(false);
    }

    private async Task<bool> IsOfJournalAsync(ProjectionPosition position, CancellationToken cancellationToken) =>
        await _journal.ReadSealAsync(position.Last, cancellationToken).ConfigureAwait(false) == position.Seal
        && await _journal.ReadSealAsync(position.TargetLast, cancellationToken).ConfigureAwait(false) == position.TargetSeal;

    private async Task<JournalHead> CatchUpAsync(ProjectionPosition position, CancellationToken cancellationToken)
    {
        JournalHead goal = await _journal.ReadHeadAsync(cancellationToken).ConfigureAwait(false);
        // The time of the commit before is not known here; that times ascend is checked from the next commit on.
        JournalHead head = position.Last == goal.Last ? goal : new JournalHead(position.Last, position.Seal, Instant.MinValue);
        long started = _clock.GetTimestamp();
        long reported = started;
        CommitSealer sealer = new();
        List<Commit> round = [];
        int entries = 0;
        await foreach (Commit commit in _journal.ReadCommitsAsync(position.Last, cancellationToken).ConfigureAwait(false))
        {
            JournalVerification.Check(commit, head, sealer);
            head = commit.ToHead();
            round.Add(commit);
            entries += commit.Entries.Count;
            if (entries >= _options.RoundEntriesMax)
            {
                await ApplyAsync(round, cancellationToken).ConfigureAwait(false);
                (round, entries) = ([], 0);
                if (_clock.GetElapsedTime(reported) >= ProgressInterval)
                {
                    reported = _clock.GetTimestamp();
                    _logger.CatchUpProgress(head.Last.Value, goal.Last.Value, (int)(head.Last.Value * 100 / Math.Max(goal.Last.Value, head.Last.Value)));
                }
            }
        }

        await ApplyAsync(round, cancellationToken).ConfigureAwait(false);
        if (head.Last > position.Last)
        {
            _logger.CaughtUp(head.Last.Value, head.Last.Value - position.Last.Value, (long)_clock.GetElapsedTime(started).TotalMilliseconds);
        }

        return head;
    }

    private async Task RunAsync()
    {
        List<Commit> round = [];
        while (await MoreAsync(round).ConfigureAwait(false))
        {
            try
            {
                Sequence position = await ApplyAsync(round, _stopped.Token).ConfigureAwait(false);
                LastFailure = null;
                round.RemoveAll(commit => commit.Last <= position);
                Advance(position);
            }
            catch (Exception failure) when (!_stopped.IsCancellationRequested)
            {
                LastFailure = failure;
                _logger.RoundFailed(failure);
                if (_isEnding)
                {
                    // The next start carries on from here; waiting for a store that fails would only delay the end.
                    return;
                }

                await Task.Delay(_options.RetryDelay, _clock, _stopped.Token).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Fills a round with what is there, after letting it gather for a while. A round that failed is kept as it is.</summary>
    /// <returns>False once everything is projected and nothing more will come.</returns>
    private async ValueTask<bool> MoreAsync(List<Commit> round)
    {
        if (round.Count > 0)
        {
            return true;
        }

        if (!await _commits.Reader.WaitToReadAsync(_stopped.Token).ConfigureAwait(false))
        {
            return false;
        }

        await GatherAsync().ConfigureAwait(false);
        int entries = 0;
        while (entries < _options.RoundEntriesMax && _commits.Reader.TryRead(out Commit? commit))
        {
            round.Add(commit);
            entries += commit.Entries.Count;
        }

        return true;
    }

    private async Task GatherAsync()
    {
        Task hurry;
        lock (_lock)
        {
            if (_waiters.Count > 0 || _isEnding)
            {
                return;
            }

            if (_hurry.Task.IsCompleted)
            {
                _hurry = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            }

            hurry = _hurry.Task;
        }

        await hurry.WaitAsync(_options.RoundDelay, _clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Applies a round unless another projector was faster.</summary>
    /// <returns>Where the projection stands now; it may be in the middle of the round.</returns>
    private async ValueTask<Sequence> ApplyAsync(List<Commit> round, CancellationToken cancellationToken)
    {
        if (round.Count == 0)
        {
            return Sequence.Zero;
        }

        if (await _projection.ApplyAsync(ProjectionRound.From(round), cancellationToken).ConfigureAwait(false))
        {
            return round[^1].Last;
        }

        ProjectionPosition position = await _projection.ReadPositionAsync(cancellationToken).ConfigureAwait(false);
        return position.Last >= round[0].First
            ? position.Last
            : throw new InvalidOperationException($"The projection has gone back to entry {position.Last}; restart to rebuild it.");
    }

    private void Advance(Sequence through)
    {
        lock (_lock)
        {
            _position = through;
            foreach (Waiter waiter in _waiters)
            {
                if (waiter.Through <= through)
                {
                    waiter.Reached.TrySetResult();
                }
            }
        }

        _onAdvanced(through);
    }

    /// <summary>Takes nothing more, and lets nothing gather any longer.</summary>
    private void End()
    {
        _commits.Writer.TryComplete();
        lock (_lock)
        {
            _isEnding = true;
            _hurry.TrySetResult();
        }
    }

    private sealed record Waiter(Sequence Through, TaskCompletionSource Reached);
}
