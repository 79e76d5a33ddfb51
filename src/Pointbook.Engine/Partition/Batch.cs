using System.Diagnostics;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The items that the loop decides together and, if they write, commits together. Owned and reused by the loop.</summary>
/// <param name="partition">The partition.</param>
/// <param name="expiryAfter">How long after its timestamp a credit without its own expiry expires; null if it does not.</param>
/// <param name="sharedMax">The most entries that a command may write in a batch that it shares with others.</param>
internal sealed class Batch(int partition, CalendarPeriod? expiryAfter, int sharedMax)
{
    private readonly List<WorkItem> _items = [];
    private readonly List<Entry> _entries = [];
    private readonly HashSet<AccountId> _changed = [];
    private readonly Dictionary<(AccountId, IdempotencyKey), KeyRecord> _keys = [];
    private readonly Dictionary<Sequence, SubjectEnd> _ends = [];
    private WriteItem? _deferred;
    private Sequence _next;
    private CommitTime _time;
    private Instant _timestampMax;

    /// <summary>The items in the order in which they were decided.</summary>
    public IReadOnlyList<WorkItem> Items => _items;

    /// <summary>The accounts whose state in memory is ahead of the journal.</summary>
    public IReadOnlyCollection<AccountId> Changed => _changed;

    public IReadOnlyList<Entry> Entries => _entries;

    public CommitTime Time => _time;

    /// <summary>Whether the batch accepts no more items: its last command, or the next one, must commit alone.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Removes and returns the command that must begin the next batch; null if there is none.</summary>
    public WriteItem? TakeDeferred()
    {
        WriteItem? deferred = _deferred;
        _deferred = null;
        return deferred;
    }

    /// <summary>Begins a new batch after the head of the journal.</summary>
    public void Begin(Sequence next, CommitTime time, TimeSpan futureMax)
    {
        _items.Clear();
        _entries.Clear();
        _changed.Clear();
        _keys.Clear();
        _ends.Clear();
        IsClosed = false;
        (_next, _time) = (next, time);
        _timestampMax = time.DecidedAt.PlusClamped(futureMax);
    }

    /// <summary>Finds the use of a key by an earlier command of this batch.</summary>
    public KeyRecord? FindKey(AccountId account, IdempotencyKey key) => _keys.TryGetValue((account, key), out KeyRecord record) ? record : null;

    /// <summary>Finds the end that an earlier command of this batch gave a subject.</summary>
    public SubjectEnd? FindEnd(Sequence subject) => _ends.TryGetValue(subject, out SubjectEnd end) ? end : null;

    /// <summary>Decides a probe. It is answered together with the batch.</summary>
    public void Decide(ProbeItem item)
    {
        _items.Add(item);
        item.Decide(_time, new Sequence(_next.Value - 1));
    }

    /// <summary>Decides a question about an account. A bug fails this question only, because a question changes nothing.</summary>
    /// <returns>The bug, or null.</returns>
    public Exception? Decide(ReadItem item, AccountState state, SubjectEnd? end)
    {
        _items.Add(item);
        try
        {
            item.Decide(AccountView.Of(state, _time, end));
            return null;
        }
        catch (Exception bug)
        {
            item.DecideFailed(bug);
            return bug;
        }
    }

    /// <summary>Decides a command whose key was used before: a replay if it is the same command, otherwise a refusal.</summary>
    public void DecideUsedKey(WriteItem item, KeyRecord used)
    {
        _items.Add(item);
        if (used.Hash == item.Command.Origin!.KeyHash)
        {
            item.DecideReplay(used.Operation);
        }
        else
        {
            item.DecideRefused(new Refusal(RefusalCode.IdempotencyMismatch));
        }
    }

    /// <summary>Refuses a command without consulting the rules.</summary>
    public void DecideRefused(WriteItem item, Refusal refusal)
    {
        _items.Add(item);
        item.DecideRefused(refusal);
    }

    /// <summary>Decides a command and applies its entries. Due events are applied before it, even if it is refused or lacks entries of its subject, and after it if it writes.</summary>
    public void Decide(WriteItem item, AccountState state, SubjectEnd? end)
    {
        if (_items.Count > 0 && state.HasDue(_time.DecidedAt) && state.DueEntriesMax > sharedMax)
        {
            Defer(item);
            return;
        }

        int before = _entries.Count;
        _items.Add(item);
        ApplyDue(state);
        IsClosed |= _entries.Count - before > sharedMax;
        if (item.Subject is { } subject)
        {
            end = FindEnd(subject) ?? end;
        }

        int start = _entries.Count;
        DecisionContext context = new(_next, _time.DecidedAt, _timestampMax) { ExpiryAfter = expiryAfter, SubjectEnd = end };
        Refusal? refusal = item.LacksSubject
            ? LedgerRules.FindFault(state, item.Command, context)
            : LedgerRules.Decide(state, item.Command, context, _entries);
        if (refusal is not null)
        {
            item.DecideRefused(refusal);
            return;
        }

        if (item.LacksSubject)
        {
            item.LeaveUndecided();
            return;
        }

        int count = _entries.Count - start;
        if (count > sharedMax && _items.Count > 1)
        {
            // The due events are still written. The command is decided again, as the first one of the next batch.
            _entries.RemoveRange(start, count);
            _items.RemoveAt(_items.Count - 1);
            Defer(item);
            return;
        }

        item.DecideWritten(partition, _time, start, count);
        if (count == 0)
        {
            return;
        }

        for (int index = start; index < _entries.Count; index++)
        {
            state.Apply(_entries[index]);
        }

        state.AssertConsistent();

        TakeWritten(item.Account, start);
        if (item.Key is not null)
        {
            _keys[(item.Account, item.Key)] = new KeyRecord(item.Command.Origin!.KeyHash!.Value, _entries[start].Sequence, _time.DecidedAt);
        }

        ApplyDue(state);
        IsClosed |= _entries.Count - before > sharedMax;
    }

    /// <summary>Answers every caller, off the loop. The batch is durable, and has no items after the call.</summary>
    /// <param name="entries">The entries of the batch.</param>
    /// <param name="onBug">Receives an exception that no code should throw.</param>
    public void Answer(Entry[] entries, Action<Exception> onBug) => AnswerSlice.QueueAll(_items, entries, onBug);

    /// <summary>Refuses a batch that is not durable. It has no items after the call. Its reads and refusals may depend on its writes, so callers do not get them either.</summary>
    /// <param name="codeOfWrites">Why commands that wrote are refused.</param>
    /// <param name="codeOfOthers">Why all other items are refused.</param>
    public void Refuse(RefusalCode codeOfWrites, RefusalCode codeOfOthers)
    {
        foreach (WorkItem item in _items)
        {
            item.Refuse(new Refusal(item is WriteItem { HasWritten: true } ? codeOfWrites : codeOfOthers));
        }

        _items.Clear();
    }

    /// <summary>Counts a lost attempt for each item, and separates items that may be decided again from those without attempts left.</summary>
    public (List<WorkItem> Again, List<WorkItem> Spent) CountAttempt(int attemptsMax)
    {
        List<WorkItem> again = new(_items.Count);
        List<WorkItem> spent = [];
        foreach (WorkItem item in _items)
        {
            item.Attempts++;
            (item.Attempts < attemptsMax ? again : spent).Add(item);
        }

        return (again, spent);
    }

    private void Defer(WriteItem item)
    {
        Debug.Assert(_deferred is null, "A batch is closed once it has deferred a command.");
        (_deferred, IsClosed) = (item, true);
    }

    private void ApplyDue(AccountState state)
    {
        int start = _entries.Count;
        LedgerRules.ApplyDue(state, _time.DecidedAt, _next, _entries);
        TakeWritten(state.Account, start);
    }

    /// <summary>Records the new entries, from an index on.</summary>
    private void TakeWritten(AccountId account, int start)
    {
        for (int index = start; index < _entries.Count; index++)
        {
            Debug.Assert(_entries[index].Sequence == _next.Plus(index - start), "The entries of a batch follow each other; Tail.Append relies on it.");
            Debug.Assert(_entries[index].Account == account, "A decision writes on its own account only.");
            if (SubjectEnd.Of(_entries[index]) is { } end)
            {
                _ends[_entries[index].Subject!.Value] = end;
            }
        }

        if (_entries.Count > start)
        {
            _changed.Add(account);
            _next = _next.Plus(_entries.Count - start);
        }
    }
}
