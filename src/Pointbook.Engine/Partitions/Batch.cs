using Pointbook.Engine.Projection;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Rules;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partitions;

/// <summary>The commands that are decided together and, if they write, committed together. Owned by the loop, used again and again.</summary>
internal sealed class Batch(int partition)
{
    private readonly List<WorkItem> _items = [];
    private readonly List<Entry> _entries = [];
    private readonly HashSet<AccountId> _changed = [];
    private readonly Dictionary<(AccountId, IdempotencyKey), KeyRecord> _keys = [];
    private Sequence _next;
    private Instant _recordedAt;
    private Instant _timestampMax;

    /// <summary>The items in the order in which they were decided.</summary>
    public IReadOnlyList<WorkItem> Items => _items;

    /// <summary>The accounts whose state in memory is ahead of the journal.</summary>
    public IReadOnlyCollection<AccountId> Changed => _changed;

    public IReadOnlyList<Entry> Entries => _entries;

    public Instant RecordedAt => _recordedAt;

    /// <summary>Begins anew behind the head of the journal.</summary>
    public void Begin(Sequence next, Instant recordedAt, TimeSpan futureMax)
    {
        _items.Clear();
        _entries.Clear();
        _changed.Clear();
        _keys.Clear();
        (_next, _recordedAt) = (next, recordedAt);
        _timestampMax = recordedAt.PlusClamped(futureMax);
    }

    /// <summary>What a key was used for by an earlier command of this batch.</summary>
    public KeyRecord? FindKey(AccountId account, IdempotencyKey key) => _keys.TryGetValue((account, key), out KeyRecord record) ? record : null;

    /// <summary>Decides a probe: it is answered if the batch is.</summary>
    public void Decide(ProbeItem item) => _items.Add(item);

    /// <summary>Decides a question for a balance.</summary>
    public void Decide(BalanceItem item, AccountState state)
    {
        _items.Add(item);
        item.Decide(state, _recordedAt);
    }

    /// <summary>Answers a command whose key was used before: with the first answer if it is the same command.</summary>
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

    /// <summary>Takes note of a command that is refused without being looked at.</summary>
    public void DecideRefused(WriteItem item, Refusal refusal)
    {
        _items.Add(item);
        item.DecideRefused(refusal);
    }

    /// <summary>Decides a command and applies what it writes to the state.</summary>
    public void Decide(WriteItem item, AccountState state)
    {
        _items.Add(item);
        int start = _entries.Count;
        DecisionContext context = new(_next, _timestampMax);
        Refusal? refusal = LedgerRules.Decide(state, item.Command, context, _entries);
        if (refusal is not null)
        {
            item.DecideRefused(refusal);
            return;
        }

        int count = _entries.Count - start;
        item.DecideWritten(partition, _recordedAt, start, count);
        if (count == 0)
        {
            return;
        }

        _changed.Add(item.Account);
        for (int index = start; index < _entries.Count; index++)
        {
            state.Apply(_entries[index]);
        }

        _next = _next.Plus(count);
        if (item.Key is not null)
        {
            _keys[(item.Account, item.Key)] = new KeyRecord(item.Command.Origin!.KeyHash!.Value, _entries[start].Sequence);
        }
    }

    /// <summary>Gives every caller what was decided. The batch is durable.</summary>
    /// <param name="entries">What the batch wrote.</param>
    public void Answer(Entry[] entries)
    {
        foreach (WorkItem item in _items)
        {
            item.Answer(entries);
        }
    }

    /// <summary>Refuses a batch that is not durable. Its reads and refusals may rest on its writes, so they are not given either.</summary>
    /// <param name="codeOfWrites">Why those that wrote are refused.</param>
    /// <param name="codeOfOthers">Why all others are.</param>
    public void Refuse(RefusalCode codeOfWrites, RefusalCode codeOfOthers)
    {
        foreach (WorkItem item in _items)
        {
            item.Refuse(new Refusal(item is WriteItem { HasWritten: true } ? codeOfWrites : codeOfOthers));
        }
    }

    /// <summary>Takes note that the batch was decided in vain, and tells those that may be decided again from those that had their share.</summary>
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

    /// <summary>Gives every caller a bug. Nothing of the batch was written.</summary>
    public void Fail(Exception bug)
    {
        foreach (WorkItem item in _items)
        {
            item.Fail(bug);
        }
    }
}
