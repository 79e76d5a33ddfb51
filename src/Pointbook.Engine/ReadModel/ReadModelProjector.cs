using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Keeps the read model up to date with the journal, and builds a new generation if one is missing or damaged. Thread-safe.</summary>
/// <remarks>
/// Only queries of payers wait for it. Its failures do not stop the partition: it retries after a failure, and a bug ends only this loop.
/// It holds a bounded number of commits in memory, and reads the others from the journal.
/// </remarks>
internal sealed class ReadModelProjector : IAsyncDisposable
{
    // How long a stop lets it catch up. The next start adds the rest.
    private static readonly TimeSpan DrainMax = TimeSpan.FromSeconds(2);

    // An attempt may read and add up a whole round, so failing attempts must not follow each other closely.
    private static readonly TimeSpan RetryDelayMax = TimeSpan.FromMinutes(1);
    private const int RetryDelayFactorMax = 64;

    private readonly PartitionParts _parts;
    private readonly IReadModel _readModel;
    private readonly ReadModelOptions _options;
    private readonly JournalDamage _journalDamage;
    private readonly CommitBacklog _backlog;
    private readonly ReadModelFeed _feed;
    private readonly ReadModelWaiters _waiters = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationToken _stopping;
    private readonly TaskCompletionSource _ended = NewNudge();
    private TaskCompletionSource _nudge = NewNudge();
    private TaskCompletionSource _hurry = NewNudge();
    private ReadModelDamagedException? _found;
    private ReadModelState? _state;
    private int _retryDelayFactor = 1;
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
        _stopping = _stopped.Token;
    }

    /// <summary>What queries can expect of it.</summary>
    public ReadModelCondition Condition =>
        _waiters.Failure is not null ? ReadModelCondition.Failing : _isBuilding ? ReadModelCondition.Building : ReadModelCondition.Serving;

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
        Volatile.Write(ref _found, damage);
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

    /// <summary>Adds the enqueued commits within a bounded time, then stops.</summary>
    public async Task StopAsync()
    {
        _isEnding = true;
        _ended.TrySetResult();
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
        // Get it before the checks, so that any event after them completes it.
        Task nudge = Renew(ref _nudge);
        StorageFailureException failure;
        try
        {
            bool hasWorked = await StepAsync().ConfigureAwait(false);
            _retryDelayFactor = 1;
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

        TimeSpan pause = _options.RetryDelay * _retryDelayFactor;
        _retryDelayFactor = Math.Min(_retryDelayFactor * 2, RetryDelayFactorMax);
        pause = failure is JournalDamagedException || pause > RetryDelayMax ? RetryDelayMax : pause;
        await _ended.Task.WaitAsync(pause, _parts.Clock, _stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.ThrowIfCancellationRequested();
        return !_isEnding;
    }

    /// <summary>Advances each generation by at most one round.</summary>
    /// <returns>Whether there was work to do.</returns>
    private async ValueTask<bool> StepAsync()
    {
        ReadModelState state = _state ??= await ReadStateAsync().ConfigureAwait(false);
        if (Interlocked.Exchange(ref _found, null) is { } found && found.Generation == state.Serving?.Number && state.Serving.Damage is null)
        {
            await MarkAsync(state.Serving, found).ConfigureAwait(false);
            return true;
        }

        StorageFailureException? failure = null;
        bool hasWorked = false;
        if (state.Serving is { } serving && serving.Position.Last < _backlog.Head)
        {
            try
            {
                await ServeAsync(state, serving).ConfigureAwait(false);
                hasWorked = true;
            }
            catch (StorageFailureException failed) when (failed is not ReadModelDamagedException && state.NeedsBuild)
            {
                // The new generation may remove the cause.
                failure = failed;
            }
        }

        if (state.Serving is not null && failure is null)
        {
            // If only the build fails, the old generation continues to follow the journal.
            _retryDelayFactor = 1;
        }

        if (_state is { NeedsBuild: true } lacking)
        {
            await BuildAsync(lacking).ConfigureAwait(false);
            hasWorked = true;
        }

        return failure is null ? hasWorked : throw failure;
    }

    private async ValueTask<ReadModelState> ReadStateAsync()
    {
        ReadModelState state = await _feed.ReadStateAsync(_stopping).ConfigureAwait(false);
        _isBuilding = state.NeedsBuild && _backlog.Head > Sequence.Zero;
        _waiters.Reach(state.Serving?.Position.Last);
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
                _waiters.Reach(advanced.Position.Last);
            }
        }
        catch (ReadModelDamagedException)
        {
            // It cannot follow the journal any more, so it is useless.
            await AbandonAsync(serving).ConfigureAwait(false);
            throw;
        }
    }

    private async ValueTask BuildAsync(ReadModelState state)
    {
        if (state.Building is not { } building)
        {
            if (await _readModel.BeginBuildAsync(_stopping).ConfigureAwait(false) is { } begun && _backlog.Head > Sequence.Zero)
            {
                _parts.Logger.ReadModelBuildBegun(begun.Number, _backlog.Head.Value);
            }

            _state = null;
            return;
        }

        try
        {
            // The new generation applies its last round once it answers queries, because a build never reaches the end of the journal under load.
            if (_backlog.Head.Value - building.Position.Last.Value >= _options.RoundEntriesMax
                || (building.Position.Last < _backlog.Head && building.Position.Last == Sequence.Zero))
            {
                ReadModelGeneration? advanced = await _feed.AdvanceAsync(building, isBuilt: true, _stopping).ConfigureAwait(false);
                _state = advanced is null ? null : state with { Building = advanced };
                return;
            }

            _state = null;
            if (await _readModel.FinishBuildAsync(building, _stopping).ConfigureAwait(false) && building.Position.Last > Sequence.Zero)
            {
                _parts.Logger.ReadModelBuilt(building.Number, building.Position.Last.Value);
            }
        }
        catch (ReadModelDamagedException)
        {
            await AbandonAsync(building).ConfigureAwait(false);
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
        if (_state?.NeedsBuild != false)
        {
            return;
        }

        if (!hasWorked)
        {
            _feed.StartRounds.Clear();
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
        Volatile.Write(ref nudge, next);
        return next.Task;
    }

    private static TaskCompletionSource NewNudge() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
