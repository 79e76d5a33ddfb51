using System.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The sums of the commits that the account store reads during a start. A read model that lacks the same commits does not read and decode them again. Not thread-safe.</summary>
/// <param name="roundEntriesMax">A round ends with the commit that reaches this number of entries.</param>
/// <param name="rowsMax">The maximum number of sums in memory. The read model reads the commits after that from the journal.</param>
internal sealed class StartRounds(int roundEntriesMax, int rowsMax)
{
    private readonly Queue<ReadModelRound> _complete = [];
    private ReadModelRound? _open;
    private long _completeRows;

    /// <summary>The number of sums in memory.</summary>
    public long RowCount => _completeRows + (_open?.Sums.RowCount ?? 0);

    /// <summary>Adds a durable and verified commit. If it does not follow the previous one, drops all earlier ones.</summary>
    public void Add(Commit commit)
    {
        ReadModelPosition before = new(new Sequence(commit.First.Value - 1), commit.PreviousSeal);
        if (_open is not null && _open.End != before)
        {
            Clear();
        }

        if (RowCount >= rowsMax)
        {
            // The rest would not follow what is in memory.
            return;
        }

        _open ??= new ReadModelRound(before);
        _open.Add(commit);
        if (_open.EntryCount >= roundEntriesMax)
        {
            _completeRows += _open.Sums.RowCount;
            _complete.Enqueue(_open);
            _open = new ReadModelRound(_open.End);
        }
    }

    /// <summary>Removes and returns the round that follows a position. Drops all rounds if none does.</summary>
    public ReadModelRound? Take(ReadModelPosition after)
    {
        if (_complete.TryPeek(out ReadModelRound? next) && next.After == after)
        {
            _completeRows -= next.Sums.RowCount;
            Debug.Assert(_completeRows >= 0, "Rounds in memory do not change.");
            return _complete.Dequeue();
        }

        ReadModelRound? last = _complete.Count == 0 && _open is { EntryCount: > 0 } && _open.After == after ? _open : null;
        Clear();
        return last;
    }

    /// <summary>Drops all rounds.</summary>
    public void Clear()
    {
        _complete.Clear();
        _completeRows = 0;
        _open = null;
    }
}
