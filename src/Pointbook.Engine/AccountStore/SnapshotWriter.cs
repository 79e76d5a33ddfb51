using System.Diagnostics;
using System.Threading.Channels;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Adds the commits of the journal to the account store, in rounds. Thread-safe.</summary>
internal sealed partial class SnapshotWriter : IAsyncDisposable
{
    private readonly PartitionParts _parts;
    private readonly AccountStoreCatchUp _catchUp;
    private readonly Action<Sequence> _onAdvanced;
    private readonly ReadModelProjector _readModel;
    private readonly BugStop _bugs;
    private readonly RoundApplier _rounds;
    private readonly AccountStoreUpkeep _upkeep;

    // Null makes the snapshot writer read the account store's position, even if there is nothing to write.
    private readonly Channel<Commit?> _commits = Channel.CreateUnbounded<Commit?>(new UnboundedChannelOptions { SingleReader = true });
    private readonly CancellationTokenSource _stopped = new();
    private readonly CancellationToken _stopping;
    private readonly Lock _lock = new();
    private readonly List<Waiter> _waiters = [];
    private readonly SemaphoreSlim _writing = new(1);
    private bool _isEnding;
    private bool _mustLook;
    private int _isLookQueued;
    private long _queuedEntries;
    private bool _isRebuilding;
    private Exception? _bug;
    private TaskCompletionSource _hurry = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Sequence _position;
    private Task _running = Task.CompletedTask;

    public SnapshotWriter(PartitionParts parts, BugStop bugs, DamagedAccounts damaged, ReadModelProjector readModel, Action<Sequence> onAdvanced)
    {
        _parts = parts;
        _catchUp = new AccountStoreCatchUp(parts, damaged, readModel.AddStartCommit);
        _onAdvanced = onAdvanced;
        _readModel = readModel;
        _bugs = bugs;
        _rounds = new RoundApplier(parts.AccountStore, damaged);
        _upkeep = new AccountStoreUpkeep(parts, bugs, _rounds, _writing, damaged);
        _stopping = _stopped.Token;
    }

    /// <summary>The failure of the last round, or that the account store is being rebuilt; null if there is no failure.</summary>
    public Exception? LastFailure { get; private set; }

    /// <summary>Whether the directory is damaged and not yet rewritten.</summary>
    public bool IsDirectoryDamaged => _upkeep.IsDirectoryDamaged;

    /// <summary>The furthest known position of the account store. It never goes back, though the account store may.</summary>
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

    /// <summary>Advances the account store to the journal's head, rebuilds it if the two do not belong together, and begins to run.</summary>
    /// <returns>The head of the journal, up to which everything is in the account store.</returns>
    public async Task<JournalHead> StartAsync(CancellationToken cancellationToken)
    {
        JournalHead head = await _catchUp.StartAsync(cancellationToken).ConfigureAwait(false);
        _position = head.Last;
        _running = Task.Run(RunAsync, CancellationToken.None);
        _upkeep.Start(_catchUp.Erased);
        return head;
    }

    /// <summary>Enqueues a durable commit, also for the read model. The caller enqueues commits in order and once; only skipped ones may be missing.</summary>
    public void Enqueue(Commit commit)
    {
        _commits.Writer.TryWrite(commit);
        _readModel.Enqueue(commit);
        if (Interlocked.Add(ref _queuedEntries, commit.Entries.Count) >= _parts.SnapshotWriterOptions.RoundEntriesMax)
        {
            Hurry();
        }
    }

    /// <summary>Records that the account store contains everything up to an entry, because other processes have written it.</summary>
    public void SkipTo(Sequence position)
    {
        Advance(position);
        _readModel.SkipTo(position);
    }

    /// <summary>Marks an account with damaged rows in the account store before the next round, and requests the repair of its rows.</summary>
    public void Mark(AccountDamagedException damage)
    {
        _rounds.Mark(damage);
        LookAgain();
        _upkeep.Repair(damage.Account);
    }

    /// <summary>Requests that the directory is rewritten.</summary>
    /// <param name="damage">The fault, without a full stop.</param>
    public void RepairDirectory(string damage) => _upkeep.RepairDirectory(damage);

    /// <summary>Makes the snapshot writer read the account store's position, because a caller found less in it than before. It then helps to rebuild the account store.</summary>
    public void LookAgain()
    {
        if (Interlocked.Exchange(ref _isLookQueued, 1) == 0)
        {
            _commits.Writer.TryWrite(null);
            Hurry();
        }
    }

    /// <summary>Deletes idempotency keys that are too old to count, in batches and between rounds.</summary>
    public async Task ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken)
    {
        int forgotten;
        do
        {
            await _writing.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                forgotten = await _parts.AccountStore.ForgetKeysAsync(decidedBefore, countMax, cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _writing.Release();
            }
        }
        while (forgotten == countMax);
    }

    /// <summary>Writes all enqueued commits, then stops.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _upkeep.StopAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        End();
        await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Stops at once. The next start writes the rest.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_stopping.IsCancellationRequested)
        {
            return;
        }

        await _stopped.CancelAsync().ConfigureAwait(false);
        End();
        await _running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _upkeep.StopAsync().ConfigureAwait(false);
        _stopped.Dispose();
        _upkeep.Dispose();
        _writing.Dispose();
    }

    private async Task RunAsync()
    {
        try
        {
            List<Commit> round = [];
            while (await MoreAsync(round).ConfigureAwait(false) && await TryStoreAsync(round).ConfigureAwait(false))
            {
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The next start writes the rest.
        }
        catch (Exception bug)
        {
            LastFailure = bug;
            _bugs.Report(bug);
            FailWaiters(bug);
        }
    }

    /// <summary>Writes a round. After a failure of the store, it waits instead, so that the caller can try the round again.</summary>
    /// <returns>False if the snapshot writer must stop although the round is not written.</returns>
    private async ValueTask<bool> TryStoreAsync(List<Commit> round)
    {
        await _writing.WaitAsync(_stopping).ConfigureAwait(false);
        try
        {
            await StoreAsync(round).ConfigureAwait(false);
            (_mustLook, _isEmptying) = (false, false);
            if (LastFailure is not null)
            {
                _parts.Logger.StoresAgain();
                LastFailure = null;
            }

            return true;
        }
        catch (StorageFailureException failure)
        {
            if (LastFailure?.Message != failure.Message)
            {
                // A store that is unavailable fails in the same way twice a second, so log it once.
                _parts.Logger.RoundFailed(failure);
            }

            if (failure is JournalDamagedException damage)
            {
                _parts.Damage?.Report(damage);
            }

            LastFailure = failure;
        }
        finally
        {
            _writing.Release();
        }

        if (_isEnding)
        {
            // The next start continues from here. Waiting for a failing store would only delay the stop.
            return false;
        }

        await Task.Delay(_parts.SnapshotWriterOptions.RetryDelay, _parts.Clock, _stopping).ConfigureAwait(false);
        return true;
    }

    /// <summary>Fails all waiting callers with a bug, because the snapshot writer will not write any more.</summary>
    private void FailWaiters(Exception bug)
    {
        lock (_lock)
        {
            _bug = bug;
            _waiters.ForEach(waiter => waiter.Reached.TrySetException(bug));
        }
    }

    /// <summary>
    /// Applies a round. Drops from it what another snapshot writer has already applied, and rebuilds what the account store lacks. Empties an account store that is
    /// damaged as a whole.
    /// </summary>
    private async ValueTask StoreAsync(List<Commit> round)
    {
        Sequence position;
        try
        {
            await _rounds.MarkDamagedAsync(_stopping).ConfigureAwait(false);
            if (round.Count > 0 && SnapshotRound.From(round) is var sorted && await _rounds.ApplyAsync(sorted, _stopping).ConfigureAwait(false))
            {
                _upkeep.TakeRound(sorted);
                Advance(round[^1].Last);
                round.Clear();
                if (!_mustLook)
                {
                    return;
                }
            }

            position = await ReadCheckedPositionAsync().ConfigureAwait(false);
        }
        catch (AccountStoreDamagedException damage)
        {
            await EmptyAsync(damage).ConfigureAwait(false);
            position = Sequence.Zero;
        }

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

    private static void Drop(List<Commit> round, Sequence through) => round.RemoveAll(commit => commit.Last <= through);

    private void Advance(Sequence through)
    {
        Debug.Assert(through >= Sequence.Zero, "The account store stands at an entry or at the start.");
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

    /// <summary>Accepts no more commits, and ends the gathering.</summary>
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
