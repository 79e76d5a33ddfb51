using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The commits of the tail in order, without a gap. The loop changes it, and any thread may search it. Thread-safe.</summary>
internal sealed class CommitWindow
{
    private readonly Lock _lock = new();
    private readonly List<Commit> _commits = [];
    private int _start;

    public void Clear()
    {
        lock (_lock)
        {
            _commits.Clear();
            _start = 0;
        }
    }

    /// <summary>Adds the commit that follows the last one.</summary>
    public void Add(Commit commit)
    {
        lock (_lock)
        {
            _commits.Add(commit);
        }
    }

    /// <summary>Removes the first commit if it ends at or before an entry.</summary>
    /// <returns>The commit, or null.</returns>
    public Commit? TakeFirst(Sequence through)
    {
        lock (_lock)
        {
            if (_start == _commits.Count || _commits[_start].Last > through)
            {
                return null;
            }

            Commit first = _commits[_start];
            // The list keeps the slot for a while, but must not keep the commit alive.
            _commits[_start++] = null!;
            if (_start * 2 > _commits.Count)
            {
                // This moves at most as many commits as were removed since the last move.
                _commits.RemoveRange(0, _start);
                _start = 0;
            }

            return first;
        }
    }

    /// <summary>Finds the commit that contains an entry; null if the window does not have it.</summary>
    public Commit? Find(Sequence entry)
    {
        lock (_lock)
        {
            (int low, int high) = (_start, _commits.Count);
            while (low < high)
            {
                int middle = low + ((high - low) / 2);
                (low, high) = _commits[middle].Last < entry ? (middle + 1, high) : (low, middle);
            }

            return low < _commits.Count && _commits[low].First <= entry ? _commits[low] : null;
        }
    }
}
