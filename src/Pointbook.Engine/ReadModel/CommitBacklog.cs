using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The newest durable commits that the read model does not contain yet, within a bound. The journal contains the others. Thread-safe.</summary>
/// <param name="entriesMax">The maximum number of entries in memory.</param>
internal sealed class CommitBacklog(int entriesMax)
{
    private readonly Lock _lock = new();
    private readonly Queue<Commit> _commits = [];
    private long _entries;
    private Sequence _head;

    /// <summary>The last entry known to be durable.</summary>
    public Sequence Head
    {
        get
        {
            lock (_lock)
            {
                return _head;
            }
        }
    }

    /// <summary>The number of entries in memory.</summary>
    public long EntryCount
    {
        get
        {
            lock (_lock)
            {
                return _entries;
            }
        }
    }

    /// <summary>Adds a commit. If it does not follow or fit, drops all earlier ones: a read model so far behind reads the journal faster than the server writes it.</summary>
    public void Add(Commit commit)
    {
        lock (_lock)
        {
            bool follows = _commits.Count == 0 || commit.First == _head.Next;
            if (!follows || _entries + commit.Entries.Count > entriesMax)
            {
                Clear();
            }

            if (commit.Entries.Count <= entriesMax)
            {
                _commits.Enqueue(commit);
                _entries += commit.Entries.Count;
            }

            _head = commit.Last > _head ? commit.Last : _head;
        }
    }

    /// <summary>Records a durable entry whose commit the caller does not pass on.</summary>
    public void SkipTo(Sequence head)
    {
        lock (_lock)
        {
            if (head > _head)
            {
                Clear();
                _head = head;
            }
        }
    }

    /// <summary>Returns the commits that follow a position, and drops those before it.</summary>
    /// <returns>The round; null if the backlog does not hold the commit that follows.</returns>
    public ReadModelRound? TakeRound(ReadModelPosition after, int roundEntriesMax)
    {
        lock (_lock)
        {
            while (_commits.TryPeek(out Commit? old) && old.Last <= after.Last)
            {
                Dequeue();
            }

            if (!_commits.TryPeek(out Commit? next) || next.First != after.Last.Next || next.PreviousSeal != after.Seal)
            {
                return null;
            }
        }

        // Adding up takes a while, and the partition's loop must not wait for the lock meanwhile.
        ReadModelRound round = new(after);
        while (round.EntryCount < roundEntriesMax && TryTake(round.End.Last) is { } commit)
        {
            round.Add(commit);
        }

        return round;
    }

    private Commit? TryTake(Sequence after)
    {
        lock (_lock)
        {
            return _commits.TryPeek(out Commit? next) && next.First == after.Next ? Dequeue() : null;
        }
    }

    private Commit Dequeue()
    {
        Commit commit = _commits.Dequeue();
        _entries -= commit.Entries.Count;
        return commit;
    }

    private void Clear()
    {
        _commits.Clear();
        _entries = 0;
    }
}
