using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Keeps the generation of a read model that answers queries up to date with the journal, and has a new one built if it is missing or damaged. Thread-safe.</summary>
/// <remarks>
/// Only queries of payers wait for it. Its failures do not stop the partition: it retries after a failure, and a bug ends only this loop.
/// It holds a bounded number of commits in memory, and reads the others from the journal. It never waits for <see cref="ReadModelBuilder"/>.
/// </remarks>
internal sealed class ReadModelProjector : IAsyncDisposable
{
    // How long a stop lets it catch up. The next start adds the rest.
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(2);

    private readonly PartitionParts _parts;
    private readonly IReadModel _readModel;
    private readonly ReadModelOptions _options;
    private readonly JournalDamage _journalDamage;
    private readonly CommitBacklog _backlog;
    private readonly ReadModelFeed _feed;
    private readonly ReadModelBuilder _builder;
    private readonly RetryPauses _pauses;
    private readonly ReadModelWaiters _waiters = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationToken _stopping;
    private TaskCompletionSource _wake = NewNudge();
    private TaskCompletionSource _nudge = NewNudge();
    private TaskCompletionSource _hurry = NewNudge();
    private ReadModelDamagedException? _found;
    private ReadModelState? _state;
    private bool _hasLooked;
    private volatile bool _isStateOld;
    private volatile bool _isBuilding;
    private volatile bool _isEnding;
    private Task _running = Task.CompletedTask;

    public ReadModelProjector(PartitionParts parts, JournalDamage journalDamage)
    {
        _parts = parts;
        _readModel = parts.ReadModel;
        _options = parts.ReadModelOptions;
        _journalDamage = journalDamage;
        _backlog = new CommitBacklog(_options.PendingEntriesMax);
        _feed = new ReadModelFeed(parts, _backlog);
        _builder = new ReadModelBuilder(parts, journalDamage, _backlog, _feed, _waiters, LookAgain);
        _pauses = new RetryPauses(_options.RetryDelay, ReadModelBuilder.PauseMax);
        _stopping = _stopped.Token;
    }

    /// <summary>What queries can expect of it.</summary>
    public ReadModelCondition Condition =>
        _waiters.Failure is not null ? ReadModelCondition.Failing
        : !_isBuilding ? ReadModelCondition.Serving
        : _waiters.BuildFailure is null ? ReadModelCondition.Building : ReadModelCondition.BuildFailing;

    /// <summary>How many entries it is behind the journal.</summary>
    public long Lag => Math.Max(0, _backlog.Head.Value - (_waiters.Position ?? Sequence.Zero).Value);

    /// <summary>The number of entries of commits in memory.</summary>
    internal long PendingEntries => _backlog.EntryCount;

    /// <summary>Adds a durable and verified commit that the account store has read before <see cref="Start"/>. The read model then need not read it.</summary>
    public void AddStartCommit(Commit commit) => _feed.StartRounds.Add(commit);

    /// <summary>Begins to run. It reads nothing before it returns.</summary>
    /// <param name="head">The last entry of the journal.</param>
    public void Start(Sequence head)
    {
        _backlog.SkipTo(head);
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Enqueues a durable commit.</summary>
    public void Enqueue(Commit commit)
    {
        _backlog.Add(commit);
        _nudge.TrySetResult();
    }

    /// <summary>Records a durable entry whose commit the caller does not pass on.</summary>
    public void SkipTo(Sequence head)
    {
        _backlog.SkipTo(head);
        _nudge.TrySetResult();
    }

    /// <summary>Records damage that a query has found.</summary>
    public void Report(ReadModelDamagedException damage)
    {
        Interlocked.Exchange(ref _found, damage);
        _nudge.TrySetResult();
    }

    /// <summary>Waits until the generation that answers queries contains everything up to an entry.</summary>
    /// <param name="through">The entry.</param>
    /// <param name="isPatient">Whether to continue to wait while attempts to advance fail.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <exception cref="ReadModelBehindException">An attempt failed.</exception>
    public async Task WaitForAsync(Sequence through, bool isPatient, CancellationToken cancellationToken)
    {
        Task wait = _waiters.Begin(through, isPatient);
        _hurry.TrySetResult();
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stopping);
        try
        {
            await wait.WaitAsync(either.Token).ConfigureAwait(false);
        }
        finally
        {
            _waiters.End(wait);
        }
    }

    /// <summary>Adds the enqueued commits to the generation that answers queries within a bounded time, then stops. A build stops at once.</summary>
    public async Task StopAsync()
    {
        _isEnding = true;
        await _builder.StopAsync().ConfigureAwait(false);
        Volatile.Read(ref _wake).TrySetResult();
        _nudge.TrySetResult();
        _hurry.TrySetResult();
        await _running.WaitAsync(DrainMax, _parts.Clock).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Stops at once.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        _isEnding = true;
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _builder.DisposeAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopped.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            while (await TryStepAsync().ConfigureAwait(false))
            {
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The next start adds the rest.
        }
        catch (Exception bug)
        {
            // The partition makes no decision from the read model, so it continues.
            _waiters.Fail(bug, isOver: true);
            _parts.Logger.ReadModelStopped(bug, _parts.Journal.Partition);
        }
    }

    /// <summary>Does the pending work, or waits until there is some.</summary>
    /// <returns>False if the loop must end.</returns>
    private async ValueTask<bool> TryStepAsync()
    {
        // Get them before the checks, so that any event after them completes them.
        Task nudge = Renew(ref _nudge);
        Task wake = Renew(ref _wake);
        StorageFailureException failure;
        try
        {
            bool hasWorked = await StepAsync().ConfigureAwait(false);
            _pauses.Reset();
            if (_waiters.Succeed())
            {
                _parts.Logger.ReadModelAdvances();
            }

            if (!hasWorked && _isEnding)
            {
                return false;
            }

            await RestAsync(hasWorked, nudge).ConfigureAwait(false);
            return true;
        }
        catch (JournalDamagedException damage)
        {
            _journalDamage.Report(damage);
            failure = damage;
        }
        catch (StorageFailureException found)
        {
            failure = found;
        }

        _state = null;
        if (_waiters.Fail(failure, isOver: false))
        {
            _parts.Logger.ReadModelFailed(failure);
        }

        if (_isEnding)
        {
            return false;
        }

        await wake.WaitAsync(_pauses.Next(failure), _parts.Clock, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.ThrowIfCancellationRequested();
        return !_isEnding;
    }

    /// <summary>Advances the generation that answers queries by at most one round.</summary>
    /// <returns>Whether there was work to do.</returns>
    private async ValueTask<bool> StepAsync()
    {
        if (_isStateOld)
        {
            (_isStateOld, _state) = (false, null);
        }

        ReadModelState state = _state ??= await ReadStateAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref _found, null) is { } found && found.Generation == state.Serving?.Number && state.Serving.Damage is null)
        {
            await MarkAsync(state.Serving, found).ConfigureAwait(false);
            return true;
        }

        if (state.NeedsBuild || !_hasLooked)
        {
            // The first time, it deletes what an earlier process has left.
            _hasLooked = true;
            _builder.Begin();
        }

        if (state.Serving is { } serving && serving.Position.Last < _backlog.Head)
        {
            await ServeAsync(state, serving).ConfigureAwait(false);
            return true;
        }

        return false;
    }

    /// <summary>Records that the generations may have changed.</summary>
    private void LookAgain()
    {
        _isStateOld = true;
        // The loop renews a nudge and then reads the flag. Without the barrier, this could complete the old nudge before the loop sees the flag.
        Interlocked.MemoryBarrier();
        _nudge.TrySetResult();
        Volatile.Read(ref _wake).TrySetResult();
    }

    private async ValueTask<ReadModelState> ReadStateAsync()
    {
        ReadModelState state = await _feed.ReadStateAsync(_stopping).ConfigureAwait(false);
        _isBuilding = state.NeedsBuild && _backlog.Head > Sequence.Zero;
        _waiters.Reach(state.Serving);
        return state;
    }

    private async ValueTask ServeAsync(ReadModelState state, ReadModelGeneration serving)
    {
        try
        {
            ReadModelGeneration? advanced = await _feed.AdvanceAsync(serving, isBuilt: false, _stopping).ConfigureAwait(false);
            _state = advanced is null ? null : state with { Serving = advanced };
            if (advanced is not null)
            {
                _waiters.Reach(advanced);
            }
        }
        catch (ReadModelDamagedException)
        {
            // It cannot follow the journal any more, so it is useless.
            await AbandonAsync(serving).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask MarkAsync(ReadModelGeneration serving, ReadModelDamagedException found)
    {
        _parts.Logger.ReadModelDamaged(found);
        _state = null;
        try
        {
            await _readModel.MarkDamagedAsync(serving, found.Message, _stopping).ConfigureAwait(false);
        }
        catch (ReadModelDamagedException)
        {
            // The damage cannot be recorded in it, so a restart would not know of it, and the next round would fail as well.
            await AbandonAsync(serving).ConfigureAwait(false);
        }
    }

    private async ValueTask AbandonAsync(ReadModelGeneration generation)
    {
        _state = null;
        await _readModel.AbandonAsync(generation, _stopping).ConfigureAwait(false);
    }

    /// <summary>Waits until there is work, then lets entries gather unless a query waits for them.</summary>
    private async ValueTask RestAsync(bool hasWorked, Task nudge)
    {
        if (_state is null)
        {
            return;
        }

        if (!hasWorked)
        {
            if (!_state.NeedsBuild)
            {
                // Otherwise the builder still needs them.
                _feed.StartRounds.Clear();
            }

            await nudge.WaitAsync(LookAfter, _parts.Clock, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stopping.ThrowIfCancellationRequested();
            if (!nudge.IsCompleted)
            {
                _state = null;
            }
        }

        Task hurry = Renew(ref _hurry);
        if (!_isEnding && !_waiters.Any && _backlog.Head.Value - _state?.Serving?.Position.Last.Value < _options.RoundEntriesMax)
        {
            await hurry.WaitAsync(_options.RoundDelay, _parts.Clock, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _stopping.ThrowIfCancellationRequested();
        }
    }

    /// <summary>How long an idle read model waits before it checks its tables. Other processes change them only if the journal is shared.</summary>
    private TimeSpan LookAfter => _parts.Journal.IsShared ? _options.LookInterval : Timeout.InfiniteTimeSpan;

    private static Task Renew(ref TaskCompletionSource nudge)
    {
        TaskCompletionSource current = Volatile.Read(ref nudge);
        if (!current.Task.IsCompleted)
        {
            return current.Task;
        }

        TaskCompletionSource next = NewNudge();
        Interlocked.Exchange(ref nudge, next);
        return next.Task;
    }

    private static TaskCompletionSource NewNudge() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
