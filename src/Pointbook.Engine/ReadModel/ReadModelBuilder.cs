using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Builds a new generation of a read model from the journal, while the old one follows the journal. Thread-safe.</summary>
/// <remarks>
/// It runs while a generation is missing, and then deletes what replaced generations have left. Its failures, pauses and log lines are separate from those of the
/// generation that answers queries. At most as many partitions of a process as <see cref="BuildPlaces"/> has places build at the same time.
/// </remarks>
internal sealed class ReadModelBuilder : IAsyncDisposable
{
    /// <summary>The longest pause after a failure, unless the disk is full.</summary>
    public static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(1);

    // Each attempt fills the disk again, and appends may fail meanwhile.
    private static readonly TimeSpan FullPauseFirst = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan FullPauseMax = TimeSpan.FromHours(1);

    private readonly PartitionParts _parts;
    private readonly IReadModel _readModel;
    private readonly JournalDamage _journalDamage;
    private readonly CommitBacklog _backlog;
    private readonly ReadModelFeed _feed;
    private readonly ReadModelWaiters _waiters;
    private readonly Action _onChanged;
    private readonly BuildPlaces _places;
    private readonly RetryPauses _pauses;
    private readonly RetryPauses _fullPauses = new(FullPauseFirst, FullPauseMax);
    private readonly LoggedCauses _causes = new();
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationToken _stopping;
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private bool _isRunning;

    // What only the running build uses.
    private ReadModelState? _state;
    private Sequence _failedAt;
    private bool _mustGiveBack;

    /// <param name="parts">The parts of the partition.</param>
    /// <param name="journalDamage">Receives reports of damage to the journal.</param>
    /// <param name="backlog">Knows the end of the journal.</param>
    /// <param name="feed">Adds rounds.</param>
    /// <param name="waiters">Learn of failures, if no generation answers queries.</param>
    /// <param name="onChanged">Called after another generation may have begun to answer queries, and when the build has ended.</param>
    public ReadModelBuilder(
        PartitionParts parts, JournalDamage journalDamage, CommitBacklog backlog, ReadModelFeed feed, ReadModelWaiters waiters, Action onChanged)
    {
        (_parts, _journalDamage, _backlog, _feed, _waiters, _onChanged) = (parts, journalDamage, backlog, feed, waiters, onChanged);
        _readModel = parts.ReadModel;
        _places = parts.BuildPlaces ?? new BuildPlaces(parts.ReadModelOptions.BuildsInFlightMax);
        _pauses = new RetryPauses(parts.ReadModelOptions.RetryDelay, PauseMax);
        _stopping = _stopped.Token;
    }

    /// <summary>Starts to build, unless it runs already, was stopped, or a bug has ended it.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            if (!_isRunning && !_stopping.IsCancellationRequested)
            {
                _isRunning = true;
                _running = Task.Run(RunAsync, CancellationToken.None);
            }
        }
    }

    /// <summary>Stops the build where it is. The next start continues it. Does not wait for the end of a statement in progress.</summary>
    public Task StopAsync() => _stopping.IsCancellationRequested ? Task.CompletedTask : _stopped.CancelAsync();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        Task running;
        lock (_lock)
        {
            // After this, no build begins any more.
            running = _running;
        }

        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopped.Dispose();
        if (_parts.BuildPlaces is null)
        {
            _places.Dispose();
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (await TryStepAsync().ConfigureAwait(false))
            {
            }

            _state = null;
            lock (_lock)
            {
                _isRunning = false;
            }

            // Whoever asks for a build from now on gets one, and this asks whoever was refused.
            _onChanged();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The next start continues the build.
        }
        catch (Exception bug)
        {
            // It counts as running, so that it is not repeated.
            _waiters.FailBuild(bug, isOver: true);
            _parts.Logger.ReadModelBuildStopped(bug, _parts.Journal.Partition);
        }
    }

    /// <returns>False if there is nothing more to build or to delete.</returns>
    private async ValueTask<bool> TryStepAsync()
    {
        StorageFailureException failure;
        try
        {
            if (_mustGiveBack)
            {
                await GiveBackAsync().ConfigureAwait(false);
            }

            using IDisposable place = await _places.EnterAsync(_stopping).ConfigureAwait(false);
            return await StepAsync().ConfigureAwait(false);
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

        _failedAt = _state?.Building?.Position.Last is { } at && at > _failedAt ? at : _failedAt;
        _state = null;
        _waiters.FailBuild(failure, isOver: false);
        Log(failure);
        if (failure is ReadModelFullException)
        {
            await TryGiveBackAsync().ConfigureAwait(false);
        }

        RetryPauses pauses = failure is ReadModelFullException ? _fullPauses : _pauses;
        await Task.Delay(pauses.Next(failure), _parts.Clock, _stopping).ConfigureAwait(false);
        return true;
    }

    private async ValueTask<bool> StepAsync()
    {
        ReadModelState state = _state ??= await _feed.ReadStateAsync(_stopping).ConfigureAwait(false);
        if (!state.NeedsBuild)
        {
            _waiters.SucceedBuild();
            bool isMoreLeft = await _readModel.DeletePieceAsync(_stopping).ConfigureAwait(false);
            Succeed();
            _fullPauses.Reset();
            return isMoreLeft;
        }

        if (state.Building is { } building)
        {
            await AdvanceAsync(state, building).ConfigureAwait(false);
        }
        else if (!await _readModel.DeletePieceAsync(_stopping).ConfigureAwait(false))
        {
            // Only now, so that at most two generations take space.
            await BeginGenerationAsync().ConfigureAwait(false);
        }

        return true;
    }

    private async ValueTask BeginGenerationAsync()
    {
        _state = null;
        if (await _readModel.BeginBuildAsync(_stopping).ConfigureAwait(false) is { } begun && _backlog.Head > Sequence.Zero)
        {
            _parts.Logger.ReadModelBuildBegun(begun.Number, _backlog.Head.Value);
        }
    }

    /// <summary>Adds a round, or lets the generation answer queries.</summary>
    private async ValueTask AdvanceAsync(ReadModelState state, ReadModelGeneration building)
    {
        try
        {
            // The new generation applies its last round once it answers queries, because a build never reaches the end of the journal under load.
            if (_backlog.Head.Value - building.Position.Last.Value >= _parts.ReadModelOptions.RoundEntriesMax
                || (building.Position.Last < _backlog.Head && building.Position.Last == Sequence.Zero))
            {
                ReadModelGeneration? advanced = await _feed.AdvanceAsync(building, isBuilt: true, _stopping).ConfigureAwait(false);
                _state = advanced is null ? null : state with { Building = advanced };
                if (advanced is not null && advanced.Position.Last > _failedAt)
                {
                    Succeed();
                }

                return;
            }

            if (await SwitchAsync(building).ConfigureAwait(false) && building.Position.Last > Sequence.Zero)
            {
                _parts.Logger.ReadModelBuilt(building.Number, building.Position.Last.Value);
            }

            _state = null;
            _onChanged();
        }
        catch (ReadModelDamagedException)
        {
            await _readModel.AbandonAsync(building, _stopping).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Lets a generation answer queries. It may contain less than the old one, so callers wait until it has taken what they need.</summary>
    private async ValueTask<bool> SwitchAsync(ReadModelGeneration building)
    {
        bool isSwitched = false;
        _waiters.BeginSwitch(building);
        try
        {
            return isSwitched = await _readModel.FinishBuildAsync(building, _stopping).ConfigureAwait(false);
        }
        finally
        {
            if (!isSwitched)
            {
                _waiters.CancelSwitch();
                // The known position is still that of the new generation. Nothing else corrects it while no entries arrive.
                _onChanged();
            }
        }
    }

    /// <summary>Records that the build got further than any attempt before it. A new generation that fails at the same place does not count.</summary>
    private void Succeed()
    {
        _failedAt = Sequence.Zero;
        _pauses.Reset();
        _waiters.SucceedBuild();
        if (_causes.Clear())
        {
            _parts.Logger.ReadModelBuildContinues(_parts.Journal.Partition);
        }
    }

    /// <summary>Gives back the space of a generation that does not fit on the disk, before a pause in which others may need the space.</summary>
    private async ValueTask TryGiveBackAsync()
    {
        _mustGiveBack = true;
        try
        {
            await GiveBackAsync().ConfigureAwait(false);
        }
        catch (StorageFailureException failure)
        {
            // The next attempt begins with it.
            Log(failure);
        }
    }

    private async ValueTask GiveBackAsync()
    {
        using (await _places.EnterAsync(_stopping).ConfigureAwait(false))
        {
            if ((await _readModel.ReadStateAsync(_stopping).ConfigureAwait(false)).Building is { } building)
            {
                await _readModel.AbandonAsync(building, _stopping).ConfigureAwait(false);
            }

            while (await _readModel.DeletePieceAsync(_stopping).ConfigureAwait(false))
            {
            }
        }

        _mustGiveBack = false;
        // The generation that answers may have failed for lack of the same space. The store can use deleted space again at once.
        _onChanged();
        await TryReclaimAsync().ConfigureAwait(false);
    }

    /// <summary>Gives deleted space back to the disk. If that fails, the next build can still use this space.</summary>
    private async ValueTask TryReclaimAsync()
    {
        try
        {
            // It may take long, so it keeps no other partition from building.
            await _readModel.ReclaimSpaceAsync(_stopping).ConfigureAwait(false);
        }
        catch (StorageFailureException failure)
        {
            Log(failure);
        }

        _onChanged();
    }

    private void Log(StorageFailureException failure)
    {
        if (_causes.Add(failure))
        {
            _parts.Logger.ReadModelBuildFailed(failure, _parts.Journal.Partition);
        }
    }
}
