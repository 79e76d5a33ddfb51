using System.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>
/// The sums of the commits that the account store reads during a start. A read model that lacks the same commits does not read and decode them again. Thread-safe.
/// </summary>
/// <param name="roundEntriesMax">A round ends with the commit that reaches this number of entries.</param>
/// <param name="rowsMax">The maximum number of sums in memory. The read model reads the commits after that from the journal.</param>
internal sealed class StartRounds(int roundEntriesMax, int rowsMax)
{
    private readonly Lock _lock = new();
    private readonly Queue<ReadModelRound> _complete = [];
    private ReadModelRound? _open;
    private long _completeRows;
    private bool _isFull;

    /// <summary>Adds a durable and verified commit. If it comes before the end of the earlier ones, drops them. Ignores the commits that follow a full memory.</summary>
    public void Add(Commit commit)
    {
        lock (_lock)
        {
            ReadModelPosition before = new(new Sequence(commit.First.Value - 1), commit.PreviousSeal);
            if (_open is not null && _open.End != before && !(_isFull && commit.First > _open.End.Last))
            {
                Drop();
            }

            if (_isFull)
            {
                return;
            }

            _open ??= new ReadModelRound(before);
            _open.Add(commit);
            _isFull = _completeRows + _open.Sums.RowCount >= rowsMax;
            if (_open.EntryCount >= roundEntriesMax)
            {
                _completeRows += _open.Sums.RowCount;
                _complete.Enqueue(_open);
                _open = new ReadModelRound(_open.End);
            }
        }
    }

    /// <summary>Removes and returns the round that follows a position; null if none does.</summary>
    public ReadModelRound? Take(ReadModelPosition after)
    {
        lock (_lock)
        {
            if (_complete.TryPeek(out ReadModelRound? next))
            {
                return next.After == after ? Dequeue() : null;
            }

            if (_open is not { EntryCount: > 0 } open || open.After != after)
            {
                return null;
            }

            _open = null;
            return open;
        }
    }

    /// <summary>Drops all rounds.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            Drop();
        }
    }

    private ReadModelRound Dequeue()
    {
        ReadModelRound round = _complete.Dequeue();
        _completeRows -= round.Sums.RowCount;
        Debug.Assert(_completeRows >= 0, "Complete rounds do not change.");
        return round;
    }

    private void Drop()
    {
        _complete.Clear();
        (_open, _completeRows, _isFull) = (null, 0, false);
    }
}
