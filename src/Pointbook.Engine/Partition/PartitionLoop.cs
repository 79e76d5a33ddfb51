using System.Diagnostics;
using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The single writer of a partition: only this loop decides items and appends commits.</summary>
internal sealed class PartitionLoop
{
    private readonly PartitionParts _parts;
    private readonly PartitionOptions _options;
    private readonly IJournal _journal;
    private readonly Channel<Message> _inbox;
    private readonly BugStop _bugs;
    private readonly Action<Exception> _onBug;
    private readonly DamagedAccounts _damaged;
    private readonly SnapshotWriter _snapshotWriter;
    private readonly EngineMetrics _metrics;
    private readonly Action<int> _onAnswered;
    private readonly Func<int> _waiting;
    private readonly Committer _committer;
    private readonly AppendHealth _appends;
    private readonly PartitionMemory _memory;
    private readonly LoadingDock _dock;
    private readonly Follower _follower;
    private readonly Batch _batch;
    private readonly Decider _decider;
    private readonly ReadyQueue _ready = new();
    private bool _isStopping;

    public PartitionLoop(
        PartitionParts parts,
        Channel<Message> inbox,
        CommitWindow unstored,
        SnapshotWriter snapshotWriter,
        BugStop bugs,
        DamagedAccounts damaged,
        EngineMetrics metrics,
        Action<int> onAnswered,
        Func<int> waiting,
        JournalDamage damage)
    {
        _parts = parts;
        _options = parts.Options;
        _journal = parts.Journal;
        _inbox = inbox;
        _bugs = bugs;
        _onBug = bugs.Report;
        _damaged = damaged;
        _snapshotWriter = snapshotWriter;
        _metrics = metrics;
        _onAnswered = onAnswered;
        _waiting = waiting;
        _committer = new Committer(parts.Journal, parts.Options, parts.Clock, parts.Random, parts.Logger);
        _appends = new AppendHealth(parts.Clock);
        _dock = new LoadingDock(parts.AccountStore, parts.Options, parts.Clock, parts.Logger, message => inbox.Writer.TryWrite(message));
        _memory = new PartitionMemory(parts.Options.CacheBytesMax, unstored, parts.Salts, damaged.Report);
        _follower = new Follower(parts, _memory, snapshotWriter, damage);
        _batch = new Batch(parts.Journal.Partition, parts.Policy.ExpiryAfter, parts.Options.SharedOperationEntriesMax);
        _decider = new Decider(_batch, _memory, _dock, parts.Policy.KeysKeptFor, parts.Logger);
    }

    /// <summary>Whether the head is known and no append has failed recently. Readable from any thread.</summary>
    public bool CanAppend => !_follower.IsHeadUncertain && _appends.IsGood;

    /// <summary>The last entry known to be durable. Readable from any thread.</summary>
    public Sequence Committed => _memory.Committed;

    /// <summary>Prepares the loop at a head of the journal, up to which the account store contains every entry.</summary>
    public void Begin(JournalHead head)
    {
        _memory.Begin(head);
    }

    /// <summary>Runs until it gets a stop message and every item is answered, or until a bug stops it. It never throws.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (!IsDone())
            {
                if (_ready.Count == 0 && !await _inbox.Reader.WaitToReadAsync().ConfigureAwait(false))
                {
                    RefuseEverything(RefusalCode.ShuttingDown);
                    return;
                }

                TakeMessages();
                if (_ready.Count > 0)
                {
                    await RunBatchAsync().ConfigureAwait(false);
                }

                _dock.StartLoad(_memory.StoredThrough);
                TrimTail();
                if (!_ready.HasDeferred)
                {
                    // A deferred command's account may be the largest of all. Keep it until the next batch has begun with that command.
                    _metrics.Evicted(_memory.Evict());
                }
            }
        }
        catch (Exception bug)
        {
            try
            {
                _bugs.Report(bug);
            }
            finally
            {
                FailEverything(bug);
            }
        }
    }

    /// <summary>Trims stored commits from the tail. It keeps those that running loads rely on, unless the tail is too long.</summary>
    private void TrimTail()
    {
        bool isTooLong = _memory.TailLength > _options.LagEntriesMax;

        // A load that takes too long becomes outdated. Its items return to the queue, and a new load begins.
        _memory.TrimTail(isTooLong ? _memory.StoredThrough : _dock.KeepTailAfter(_memory.StoredThrough, _memory.TrimmedThrough));
    }

    private bool IsDone() => _isStopping && _waiting() == 0 && !_dock.IsLoading;

    private void TakeMessages()
    {
        while (_ready.Count < _options.BatchSizeMax && _inbox.Reader.TryRead(out Message? message))
        {
            switch (message)
            {
                case WorkItem item:
                    _ready.Add(item);
                    break;
                case AccountLoadedMessage loaded:
                    TakeLoaded(loaded);
                    break;
                case LoadEndedMessage ended:
                    TakeEnded(ended);
                    break;
                case AccountsStoredMessage stored:
                    Debug.Assert(_journal.IsShared || stored.Through <= _memory.Head.Last, "Nothing is stored before it is committed.");
                    _memory.AdvanceStored(stored.Through);
                    break;
                case BugMessage stopped:
                    ExceptionDispatchInfo.Throw(stopped.Bug);
                    break;
                case StopMessage:
                    _isStopping = true;
                    break;
            }
        }
    }

    private void TakeLoaded(AccountLoadedMessage loaded)
    {
        bool counts = !IsOutdated(loaded.Load);
        if (loaded.Damage is not null)
        {
            _damaged.Report(loaded.Damage);
            RefuseAll(_dock.TakeParked(loaded, counts: false), RefusalCode.AccountDamaged);
            return;
        }

        if (loaded.State is not null && counts)
        {
            if (!_memory.TryTakeLoaded(loaded.State, loaded.AbsentThrough))
            {
                RefuseAll(_dock.TakeParked(loaded, counts: false), RefusalCode.AccountDamaged);
                return;
            }

            _damaged.TakeLoaded(loaded.Account);
            if (loaded.State.StandsAt > _memory.Head.Last || loaded.AbsentThrough > _memory.Head.Last)
            {
                // Another process wrote and stored those entries. The loop must read them before it applies new entries to the account.
                _follower.NoticeBehind();
            }
        }

        _ready.ReturnInFront(_dock.TakeParked(loaded, counts));
    }

    private void TakeEnded(LoadEndedMessage ended)
    {
        Queue<AccountItem> left = _dock.End(ended);
        if (IsOutdated(ended.Load))
        {
            _ready.ReturnInFront(left);
            return;
        }

        bool isBehind = ended.Error is AccountStoreBehindException;
        RefuseAll(left, isBehind ? RefusalCode.CatchingUp : RefusalCode.StorageUnavailable);
        if (isBehind)
        {
            _snapshotWriter.LookAgain();
        }
    }

    /// <summary>Whether a load may lack entries that the tail no longer has. Its items then return to the queue and are loaded again.</summary>
    private bool IsOutdated(Load load) => load.StoredAtStart < _memory.TrimmedThrough;

    private async ValueTask RunBatchAsync()
    {
        if (_follower.MustCatchUp && await _follower.CatchUpAsync().ConfigureAwait(false) is { } refusal)
        {
            RefuseAll(_ready.TakeAll(), refusal);
            return;
        }

        bool takesWrites = await _follower.WaitForAccountStoreAsync().ConfigureAwait(false);
        RefusalCode? refusalOfWrites = takesWrites ? null : RefusalCode.CatchingUp;
        _parts.Guard?.Follow(_memory.Head.DecidedAt);
        ClockReading clock = _parts.ReadClock();
        refusalOfWrites = clock.Fault is null ? refusalOfWrites : RefusalCode.ClockUnreliable;
        _batch.Begin(_memory.Head.Last.Next, _memory.NextTime(clock), _options.FutureMax);
        WorkItem? item = null;
        try
        {
            for (int taken = 0; HasRoom(taken) && _ready.TryTake(out item); taken++)
            {
                if (!_decider.TryDecide(item, refusalOfWrites))
                {
                    RefuseAll([item], RefusalCode.Overloaded);
                }
            }
        }
        catch (Exception bug)
        {
            // The item may have left the queue without reaching the batch or the dock.
            item?.Fail(bug);
            throw;
        }

        if (_batch.TakeDeferred() is { } deferred)
        {
            _ready.Defer(deferred);
        }

        if (_batch.Items.Count > 0)
        {
            await FinishBatchAsync().ConfigureAwait(false);
        }
    }

    private bool HasRoom(int taken) => taken < _options.BatchSizeMax && _batch.Entries.Count < _options.BatchEntriesMax && !_batch.IsClosed;

    private async ValueTask FinishBatchAsync()
    {
        if (_batch.Entries.Count == 0)
        {
            if (_journal.IsShared && !await IsHeadCurrentAsync().ConfigureAwait(false))
            {
                return;
            }

            Answer([]);
            return;
        }

        Entry[] entries = [.. _batch.Entries];
        Commit commit = _memory.Seal(_journal.Partition, _parts.NewCommitId(), _batch.Time, entries);
        CommitResult result = await _committer.CommitAsync(commit).ConfigureAwait(false);
        _appends.Note(result);
        if (result == CommitResult.Committed)
        {
            _parts.Guard?.NoteStoreAgrees();
            _memory.TakeOwn(commit, _batch.Changed);
            _snapshotWriter.Enqueue(commit);
            _parts.Commits.Raise();
            _metrics.Committed(_batch.Items.Count, entries.Length);
            Answer(entries);
            return;
        }

        _memory.Forget(_batch.Changed);
        if (result is CommitResult.DecideAgain or CommitResult.ClockDisagrees)
        {
            await DecideAgainAsync(clockDisagrees: result == CommitResult.ClockDisagrees).ConfigureAwait(false);
            return;
        }

        _follower.DoubtHead();
        RefuseBatch(result == CommitResult.Unknown ? RefusalCode.OutcomeUnknown : RefusalCode.StorageUnavailable);
    }

    private void Answer(Entry[] entries)
    {
        // The count goes down first, so that a caller that has its answer always finds its place free.
        _onAnswered(_batch.Items.Count);
        _memory.TakeAnswered(_batch.Time.RecordedAt);
        _batch.Answer(entries, _onBug);
    }

    private void RefuseBatch(RefusalCode codeOfWrites, RefusalCode codeOfOthers = RefusalCode.StorageUnavailable)
    {
        _onAnswered(_batch.Items.Count);
        _batch.Refuse(codeOfWrites, codeOfOthers);
    }

    /// <summary>Whether no other process has written. If one has, the loop decides the batch again.</summary>
    private async ValueTask<bool> IsHeadCurrentAsync()
    {
        try
        {
            JournalHead head = await _journal.ReadHeadAsync(CancellationToken.None).ConfigureAwait(false);
            if (head == _memory.Head)
            {
                return true;
            }
        }
        catch (JournalException failure)
        {
            _follower.DoubtHead(failure);
            RefuseBatch(RefusalCode.StorageUnavailable);
            return false;
        }

        await DecideAgainAsync(clockDisagrees: false).ConfigureAwait(false);
        return false;
    }

    /// <summary>Reads new commits and puts the batch's items in front of the queue. It refuses items that have used all their attempts.</summary>
    /// <param name="clockDisagrees">True if the store's clock disagrees with this one; false if another process wrote first.</param>
    private async ValueTask DecideAgainAsync(bool clockDisagrees)
    {
        _metrics.DecidedAgain();
        if (await _follower.CatchUpAsync().ConfigureAwait(false) is { } refusal)
        {
            RefuseBatch(refusal, refusal);
            return;
        }

        (List<WorkItem> again, List<WorkItem> spent) = _batch.CountAttempt(_options.AttemptsMax);
        if (clockDisagrees && spent.Count > 0)
        {
            _appends.NoteFailure();
            _parts.Guard?.NoteStoreDisagrees();
        }

        RefuseAll(spent, clockDisagrees ? RefusalCode.ClockDisagrees : RefusalCode.Overloaded);
        _ready.ReturnBatch(again);
        await _committer.PauseAsync().ConfigureAwait(false);
    }

    private void RefuseAll(IReadOnlyCollection<WorkItem> items, RefusalCode code)
    {
        _onAnswered(items.Count);
        foreach (WorkItem item in items)
        {
            item.Refuse(new Refusal(code));
        }
    }

    private void FailEverything(Exception bug) => EndEverything(item => item.Fail(bug));

    /// <summary>Refuses all items that have no answer yet, because the partition ends.</summary>
    private void RefuseEverything(RefusalCode code) => EndEverything(item => item.Refuse(new Refusal(code)));

    private void EndEverything(Action<WorkItem> end)
    {
        _inbox.Writer.TryComplete();
        List<WorkItem> items = [.. _batch.Items, .. _ready.TakeAll(), .. _dock.TakeAll()];
        while (_inbox.Reader.TryRead(out Message? message))
        {
            if (message is WorkItem item)
            {
                items.Add(item);
            }
        }

        foreach (WorkItem item in items)
        {
            end(item);
        }
    }
}
