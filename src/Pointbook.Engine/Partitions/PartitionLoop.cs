using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partitions;

/// <summary>The one writer of a partition: it alone owns the accounts in memory, the tail and the head of the journal.</summary>
internal sealed class PartitionLoop
{
    private readonly PartitionParts _parts;
    private readonly PartitionOptions _options;
    private readonly IJournal _journal;
    private readonly ILogger _logger;
    private readonly Channel<Message> _inbox;
    private readonly Projector _projector;
    private readonly EngineMetrics _metrics;
    private readonly Action<int> _onAnswered;
    private readonly Func<int> _waiting;
    private readonly Committer _committer;
    private readonly CommitSealer _sealer = new();
    private readonly AccountCache _cache = new();
    private readonly LoadingDock _dock;
    private readonly Batch _batch;
    private Queue<WorkItem> _ready = new();
    private Tail _tail = new(Sequence.Zero);
    private JournalHead _head = JournalHead.Empty;
    private Sequence _projected;
    private bool _isHeadUncertain;
    private bool _isStopping;
    private long _committed;

    public PartitionLoop(
        PartitionParts parts, Channel<Message> inbox, Projector projector, EngineMetrics metrics, Action<int> onAnswered, Func<int> waiting)
    {
        _parts = parts;
        _options = parts.Options;
        _journal = parts.Journal;
        _logger = parts.Logger;
        _inbox = inbox;
        _projector = projector;
        _metrics = metrics;
        _onAnswered = onAnswered;
        _waiting = waiting;
        _committer = new Committer(parts.Journal, parts.Options, parts.Clock, parts.Random, parts.Logger);
        _dock = new LoadingDock(parts.Projection, parts.Options, message => inbox.Writer.TryWrite(message));
        _batch = new Batch(parts.Journal.Partition);
    }

    /// <summary>Whether the last append succeeded and the head is known. Readable from any thread.</summary>
    public bool CanAppend { get; private set; } = true;

    /// <summary>The last entry that is known to be durable. Readable from any thread.</summary>
    public Sequence Committed => new(Volatile.Read(ref _committed));

    /// <summary>Sets the loop up where the projection and the journal both end.</summary>
    public void Begin(JournalHead head)
    {
        _tail = new Tail(head.Last);
        _projected = head.Last;
        MoveHead(head);
    }

    /// <summary>Runs until it is told to stop and everything is answered.</summary>
    public async Task RunAsync()
    {
        try
        {
            while (!IsDone())
            {
                if (_ready.Count == 0)
                {
                    await _inbox.Reader.WaitToReadAsync().ConfigureAwait(false);
                }

                TakeMessages();
                if (_ready.Count > 0)
                {
                    await RunBatchAsync().ConfigureAwait(false);
                }

                _dock.StartLoad(_projected);
                _tail.TrimThrough(_dock.KeepTailAfter(_projected));
                _metrics.Evicted(_cache.EvictDownTo(_options.CacheBytesMax));
            }
        }
        catch (Exception bug)
        {
            _logger.LoopStopped(bug);
            FailEverything(bug);
            throw;
        }
    }

    private bool IsDone() => _isStopping && _waiting() == 0 && !_dock.IsLoading;

    private void TakeMessages()
    {
        while (_ready.Count < _options.BatchSizeMax && _inbox.Reader.TryRead(out Message? message))
        {
            switch (message)
            {
                case WorkItem item:
                    _ready.Enqueue(item);
                    break;
                case AccountLoadedMessage loaded:
                    TakeLoaded(loaded);
                    break;
                case LoadEndedMessage ended:
                    LogFailure(ended);
                    RefuseAll(_dock.End(ended), RefusalCode.StorageUnavailable);
                    break;
                case ProjectedMessage projected:
                    _projected = projected.Through;
                    break;
                case StopMessage:
                    _isStopping = true;
                    break;
            }
        }
    }

    private void LogFailure(LoadEndedMessage ended)
    {
        if (ended.Error is not null)
        {
            _logger.LoadFailed(ended.Error);
        }
    }

    private void TakeLoaded(AccountLoadedMessage loaded)
    {
        if (loaded.State is { } state && !_cache.TryPeek(loaded.Account, out _))
        {
            foreach (Entry entry in _tail.EntriesOf(loaded.Account))
            {
                if (entry.Sequence > state.StandsAt)
                {
                    state.Apply(entry);
                }
            }

            _cache.Add(state);
        }

        foreach (WorkItem item in _dock.TakeParked(loaded))
        {
            _ready.Enqueue(item);
        }
    }

    private async ValueTask RunBatchAsync()
    {
        if (_isHeadUncertain && !await TryCatchUpAsync().ConfigureAwait(false))
        {
            RefuseAll(Drain(_ready), RefusalCode.StorageUnavailable);
            return;
        }

        bool takesWrites = await WaitForProjectionAsync().ConfigureAwait(false);
        _batch.Begin(_head.Last.Next, NextRecordedAt(), _options.FutureMax);
        try
        {
            for (int taken = 0; taken < _options.BatchSizeMax && _ready.TryDequeue(out WorkItem? item); taken++)
            {
                Decide(item, takesWrites);
            }
        }
        catch (Exception bug)
        {
            _logger.DecisionFailed(bug);
            Forget(_batch.Changed);
            _onAnswered(_batch.Items.Count);
            foreach (WorkItem item in _batch.Items)
            {
                item.Fail(bug);
            }

            return;
        }

        if (_batch.Items.Count > 0)
        {
            await FinishBatchAsync().ConfigureAwait(false);
        }
    }

    private Instant NextRecordedAt()
    {
        Instant now = Instant.FromDateTimeOffset(_parts.Clock.GetUtcNow());
        return now > _head.RecordedAt ? now : Instant.FromUnixMicroseconds(_head.RecordedAt.UnixMicroseconds + 1);
    }

    /// <summary>Holds the batch back while the projection is too far behind.</summary>
    /// <returns>Whether writes may be taken; reads always may.</returns>
    private async ValueTask<bool> WaitForProjectionAsync()
    {
        if (_head.Last.Value - _projected.Value <= _options.LagEntriesMax)
        {
            return true;
        }

        Sequence enough = new(_head.Last.Value - _options.LagEntriesMax);
        using CancellationTokenSource tooLong = new(_options.LagWaitMax, _parts.Clock);
        try
        {
            await _projector.WaitForAsync(enough, tooLong.Token).ConfigureAwait(false);
            return true;
        }
        catch (OperationCanceledException)
        {
            _logger.ProjectionBehind(_head.Last.Value - _projected.Value);
            return false;
        }
    }

    private void Decide(WorkItem item, bool takesWrites)
    {
        if (_dock.IsParked(item.Account))
        {
            Park(item);
            return;
        }

        bool isInMemory = _cache.TryUse(item.Account, out AccountState? state);
        KeyRecord? used = null;
        bool isKeyKnown = item.Key is null || TryFindKey(item, item.Key, out used);
        if (!isInMemory || !isKeyKnown)
        {
            Park(item);
            return;
        }

        switch (item)
        {
            case BalanceItem balance:
                _batch.Decide(balance, state!);
                break;
            case WriteItem write when used is not null:
                _batch.DecideUsedKey(write, used.Value);
                break;
            case WriteItem write when !takesWrites:
                _batch.DecideRefused(write, new Refusal(RefusalCode.ProjectionBehind));
                break;
            case WriteItem write:
                _batch.Decide(write, state!);
                break;
        }
    }

    /// <summary>Looks a key up in the batch, the tail, and what the projection said.</summary>
    /// <returns>Whether it is known what, if anything, the key was used for.</returns>
    private bool TryFindKey(WorkItem item, IdempotencyKey key, out KeyRecord? used)
    {
        used = _batch.FindKey(item.Account, key);
        if (used is not null || _tail.TryFindKey(item.Account, key, out used))
        {
            return true;
        }

        used = item.ProjectedKey?.Record;
        // That a key was not used is known only while the tail still holds everything the projection was not asked about.
        return item.ProjectedKey is not null && (used is not null || item.ProjectedKey.Through >= _tail.TrimmedThrough);
    }

    private void Park(WorkItem item)
    {
        if (!_dock.TryPark(item, withState: !_cache.TryPeek(item.Account, out _)))
        {
            _onAnswered(1);
            item.Refuse(new Refusal(RefusalCode.Overloaded));
        }
    }

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
        Commit commit = _sealer.Seal(_head, _journal.Partition, _parts.NewCommitId(), _batch.RecordedAt, entries);
        CommitResult result = await _committer.CommitAsync(commit, _head).ConfigureAwait(false);
        CanAppend = result is CommitResult.Committed or CommitResult.DecideAgain;
        if (result == CommitResult.Committed)
        {
            TakeCommit(commit);
            Answer(entries);
            return;
        }

        Forget(_batch.Changed);
        if (result == CommitResult.DecideAgain)
        {
            await DecideAgainAsync().ConfigureAwait(false);
            return;
        }

        _isHeadUncertain = true;
        RefuseBatch(result == CommitResult.Unknown ? RefusalCode.OutcomeUnknown : RefusalCode.StorageUnavailable);
    }

    private void TakeCommit(Commit commit)
    {
        MoveHead(commit.ToHead());
        _tail.Append(commit);
        _projector.Enqueue(commit);
        _metrics.Committed(_batch.Items.Count, commit.Entries.Count);
        foreach (AccountId account in _batch.Changed)
        {
            _cache.Measure(account);
        }
    }

    private void MoveHead(JournalHead head)
    {
        _head = head;
        Volatile.Write(ref _committed, head.Last.Value);
    }

    private void Answer(Entry[] entries)
    {
        // The count goes down first, so that a caller who has its answer always finds its place free again.
        _onAnswered(_batch.Items.Count);
        foreach (WorkItem item in _batch.Items)
        {
            item.Answer(entries);
        }
    }

    /// <summary>Whether nobody else has written; if somebody has, the batch will be decided again.</summary>
    private async ValueTask<bool> IsHeadCurrentAsync()
    {
        try
        {
            JournalHead head = await _journal.ReadHeadAsync(CancellationToken.None).ConfigureAwait(false);
            if (head.Last == _head.Last && head.Seal == _head.Seal)
            {
                return true;
            }
        }
        catch (JournalException failure)
        {
            _logger.HeadUnreadable(failure);
            _isHeadUncertain = true;
            RefuseBatch(RefusalCode.StorageUnavailable);
            return false;
        }

        await DecideAgainAsync().ConfigureAwait(false);
        return false;
    }

    /// <summary>Reads what somebody else wrote and puts the batch's items in front of the queue, except those that had their share.</summary>
    private async ValueTask DecideAgainAsync()
    {
        _metrics.DecidedAgain();
        if (!await TryCatchUpAsync().ConfigureAwait(false))
        {
            RefuseBatch(RefusalCode.StorageUnavailable);
            return;
        }

        Queue<WorkItem> ready = new(_batch.Items.Count + _ready.Count);
        foreach (WorkItem item in _batch.Items)
        {
            item.Attempts++;
            if (item.Attempts < _options.AttemptsMax)
            {
                ready.Enqueue(item);
            }
            else
            {
                _onAnswered(1);
                item.Refuse(new Refusal(RefusalCode.Overloaded));
            }
        }

        while (_ready.TryDequeue(out WorkItem? item))
        {
            ready.Enqueue(item);
        }

        _ready = ready;
        await _committer.PauseAsync().ConfigureAwait(false);
    }

    private async ValueTask<bool> TryCatchUpAsync()
    {
        try
        {
            await foreach (Commit commit in _journal.ReadCommitsAsync(_head.Last, CancellationToken.None).ConfigureAwait(false))
            {
                JournalVerification.Check(commit, _head, _sealer);
                MoveHead(commit.ToHead());
                _tail.Append(commit);
                _projector.Enqueue(commit);
                foreach (Entry entry in commit.Entries)
                {
                    if (_cache.TryPeek(entry.Account, out AccountState? state))
                    {
                        state.Apply(entry);
                    }
                }
            }

            (_isHeadUncertain, CanAppend) = (false, true);
            return true;
        }
        catch (JournalException failure)
        {
            _logger.HeadUnreadable(failure);
            (_isHeadUncertain, CanAppend) = (true, false);
            return false;
        }
    }

    /// <summary>Lets go of accounts that are ahead of the journal; they are loaded again when they are needed.</summary>
    private void Forget(IEnumerable<AccountId> accounts)
    {
        foreach (AccountId account in accounts)
        {
            _cache.Remove(account);
        }
    }

    /// <summary>Refuses a batch that was not committed. Its reads and refusals may rest on writes that are not durable.</summary>
    private void RefuseBatch(RefusalCode codeOfWrites)
    {
        _onAnswered(_batch.Items.Count);
        foreach (WorkItem item in _batch.Items)
        {
            item.Refuse(new Refusal(item is WriteItem { HasWritten: true } ? codeOfWrites : RefusalCode.StorageUnavailable));
        }
    }

    private void RefuseAll(IReadOnlyCollection<WorkItem> items, RefusalCode code)
    {
        _onAnswered(items.Count);
        foreach (WorkItem item in items)
        {
            item.Refuse(new Refusal(code));
        }
    }

    private static List<WorkItem> Drain(Queue<WorkItem> queue)
    {
        List<WorkItem> items = [.. queue];
        queue.Clear();
        return items;
    }

    private void FailEverything(Exception bug)
    {
        _inbox.Writer.TryComplete();
        List<WorkItem> items = [.. _batch.Items, .. Drain(_ready), .. _dock.TakeAll()];
        while (_inbox.Reader.TryRead(out Message? message))
        {
            if (message is WorkItem item)
            {
                items.Add(item);
            }
        }

        foreach (WorkItem item in items)
        {
            item.Fail(bug);
        }
    }
}
