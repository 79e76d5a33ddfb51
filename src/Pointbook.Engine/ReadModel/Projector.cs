using System.Diagnostics;
using System.Threading.Channels;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Carries what the journal holds into the projection, in rounds. Thread-safe.</summary>
internal sealed class Projector : IAsyncDisposable
{
    private readonly PartitionParts _parts;
    private readonly ProjectionCatchUp _catchUp;
    private readonly Action<Sequence> _onAdvanced;
    private readonly BugStop _bugs;
    private readonly RoundApplier _rounds;
    private readonly AccountRepair _repair;

    // Null says that the projector shall look where the projection is, although there is nothing to project.
    private readonly Channel<Commit?> _commits = Channel.CreateUnbounded<Commit?>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationToken _stopping;
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiters = [];
    private readonly SemaphoreSlim _writing = new(1);
    private bool _isEnding;
    private bool _mustLook;
    private int _isLookQueued;
    private bool _isRebuilding;
    private Exception? _bug;
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Sequence _position;
    private Task _running = Task.CompletedTask;

    public Projector(PartitionParts parts, BugStop bugs, DamagedAccounts damaged, Action<Sequence> onAdvanced)
    {
        _parts = parts;
        _catchUp = new ProjectionCatchUp(parts, damaged.Report);
        _onAdvanced = onAdvanced;
        _bugs = bugs;
        _rounds = new RoundApplier(parts.Projection, damaged);
        _repair = new AccountRepair(parts, bugs, _rounds, _writing, damaged.TakeRepaired);
        _stopping = _stopped.Token;
    }

    /// <summary>What the last round failed with, or that the projection is being rebuilt; null if all is well.</summary>
    public Exception? LastFailure { get; private set; }

    /// <summary>The furthest the projection was known to be. It never goes back, though the projection may.</summary>
    public Sequence Position
    {
        get
        {
            lock (_lock)
            {
                return _position;
            }
        }
    }

    /// <summary>Brings the projection up to the journal, rebuilding it if the two do not belong together, and begins to run.</summary>
    /// <returns>The head of the journal, up to which everything is projected.</returns>
    public async Task<JournalHead> StartAsync(CancellationToken cancellationToken)
    {
        JournalHead head = await _catchUp.StartAsync(cancellationToken).ConfigureAwait(false);
        _position = head.Last;
        _running = Task.Run(RunAsync, CancellationToken.None);
        _repair.Start();
        return head;
    }

    /// <summary>Takes over a commit that is durable. Commits come in order, each once; only what is skipped may be missing.</summary>
    public void Enqueue(Commit commit) => _commits.Writer.TryWrite(commit);

    /// <summary>Takes note that the projection contains everything up to an entry, because others have projected it.</summary>
    public void SkipTo(Sequence position) => Advance(position);

    /// <summary>Marks an account in the projection whose rows were found damaged, before the next round, and lets its rows be written again.</summary>
    public void Mark(AccountDamagedException damage)
    {
        _rounds.Mark(damage);
        LookAgain();
        _repair.Enqueue(damage.Account);
    }

    /// <summary>Looks where the projection is, because somebody found less in it than there was, and helps rebuilding it.</summary>
    public void LookAgain()
    {
        if (Interlocked.Exchange(ref _isLookQueued, 1) == 0)
        {
            _commits.Writer.TryWrite(null);
        }
    }

    /// <summary>Waits until everything up to an entry is projected, without letting more gather.</summary>
    public async Task WaitForAsync(Sequence through, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            if (_position >= through && !_isRebuilding)
            {
                return;
            }

            if (_bug is not null)
            {
                throw _bug; // The same one for everybody, so that it is known as one bug and logged once.
            }

            waiter = new Waiter(through, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            _waiters.Add(waiter);
            _hurry.TrySetResult();
        }

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
        try
        {
            await waiter.Reached.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    /// <summary>Deletes idempotency keys that are too old to count, piece by piece and between rounds.</summary>
    public async Task ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken)
    {
        int forgotten;
        do
        {
            await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                forgotten = await _parts.Projection.ForgetKeysAsync(decidedBefore, countMax, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _writing.Release();
            }
        }
        while (forgotten == countMax);
    }

    /// <summary>Projects everything that was taken over, then ends.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _repair.StopAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        End();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Ends at once; what is not projected is projected at the next start.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopped.CancelAsync().ConfigureAwait(false);
        End();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _repair.StopAsync().ConfigureAwait(false);
        _stopped.Dispose();
        _repair.Dispose();
        _writing.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            List<Commit> round = [];
            while (await MoreAsync(round).ConfigureAwait(false) && await TryProjectAsync(round).ConfigureAwait(false))
            {
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // What is not projected is projected at the next start.
        }
        catch (Exception bug)
        {
            LastFailure = bug;
            _bugs.Report(bug);
            FailWaiters(bug);
        }
    }

    /// <summary>Projects a round, or waits after a failure of the store, so that the round can be tried again.</summary>
    /// <returns>False if the projector is to end although the round is not projected.</returns>
    private async ValueTask<bool> TryProjectAsync(List<Commit> round)
    {
        await _writing.WaitAsync(_stopping).ConfigureAwait(false);
        try
        {
            await ProjectAsync(round).ConfigureAwait(false);
            _mustLook = false;
            if (LastFailure is not null)
            {
                _parts.Logger.ProjectsAgain();
                LastFailure = null;
            }

            return true;
        }
        catch (StorageFailureException failure)
        {
            if (LastFailure?.Message != failure.Message)
            {
                // A store that is gone fails in the same way twice a second, and once is enough to know.
                _parts.Logger.RoundFailed(failure);
            }

            LastFailure = failure;
        }
        finally
        {
            _writing.Release();
        }

        if (_isEnding)
        {
            // The next start carries on from here; waiting for a store that fails would only delay the end.
            return false;
        }

        await Task.Delay(_parts.ProjectorOptions.RetryDelay, _parts.Clock, _stopping).ConfigureAwait(false);
        return true;
    }

    /// <summary>Gives a bug to everybody who waits for what will not be projected any more.</summary>
    private void FailWaiters(Exception bug)
    {
        lock (_lock)
        {
            _bug = bug;
            _waiters.ForEach(waiter => waiter.Reached.TrySetException(bug));
        }
    }

    /// <summary>Fills a round with what is there, after letting it gather for a while. A round that failed is kept as it is.</summary>
    /// <returns>False once everything is projected and nothing more will come.</returns>
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

        return true;
    }

    /// <summary>Takes commits that follow each other, without those that others have projected.</summary>
    private void Fill(List<Commit> round)
    {
        Sequence position = Position;
        int entries = 0;
        while (entries < _parts.ProjectorOptions.RoundEntriesMax && _commits.Reader.TryPeek(out Commit? commit))
        {
            if (commit is not null && round.Count > 0 && commit.First != round[^1].Last.Next)
            {
                return;
            }

            _commits.Reader.TryRead(out _);
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

        await hurry.WaitAsync(_parts.ProjectorOptions.RoundDelay, _parts.Clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Applies a round. What another projector has applied already is dropped from it, and what it lacks is added.</summary>
    private async ValueTask ProjectAsync(List<Commit> round)
    {
        await _rounds.MarkDamagedAsync(_stopping).ConfigureAwait(false);
        if (round.Count > 0 && await _rounds.ApplyAsync(ProjectionRound.From(round), _stopping).ConfigureAwait(false))
        {
            Advance(round[^1].Last);
            round.Clear();
            return;
        }

        ProjectionPosition found = await _parts.Projection.ReadPositionAsync(_stopping).ConfigureAwait(false);
        Sequence position = found.Last;
        Sequence needed = Position;
        if (round.Count > 0 && round[0].First > needed.Next)
        {
            needed = new Sequence(round[0].First.Value - 1);
        }

        if (position < needed)
        {
            position = await RebuildAsync(position, needed).ConfigureAwait(false);
        }

        Drop(round, position);
        Advance(position);
    }

    /// <summary>Helps somebody who has emptied the projection, or does it alone if that one is gone.</summary>
    /// <returns>Where the projection is then.</returns>
    private async ValueTask<Sequence> RebuildAsync(Sequence position, Sequence needed)
    {
        lock (_lock)
        {
            _isRebuilding = true;
        }

        if (LastFailure is not ProjectionBehindException)
        {
            _parts.Logger.ProjectionWentBack(position.Value, needed.Value);
        }

        LastFailure = new ProjectionBehindException(position, needed);
        return await _catchUp.RunAsync(needed, _stopping).ConfigureAwait(false);
    }

    private static void Drop(List<Commit> round, Sequence through) => round.RemoveAll(commit => commit.Last <= through);

    private void Advance(Sequence through)
    {
        Debug.Assert(through >= Sequence.Zero, "The projection stands at an entry or at the start.");
        lock (_lock)
        {
            if (through >= _position)
            {
                (_position, _isRebuilding) = (through, false);
            }

            foreach (Waiter waiter in _waiters)
            {
                if (waiter.Through <= _position && !_isRebuilding)
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
