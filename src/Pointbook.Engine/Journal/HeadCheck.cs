using Pointbook.Ledger.Entries;

namespace Pointbook.Engine.Journal;

/// <summary>Compares the heads of a commit's operations with their entries. Not thread-safe.</summary>
internal sealed class HeadCheck
{
    private readonly PayerTally _tally = new();
    private OperationHead? _head;
    private int _left;

    /// <summary>Adds the next entry of the commit.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="head">The head of the operation that begins with the entry; null if the entry begins no operation.</param>
    /// <exception cref="InvalidRowException">The head of an operation does not match its entries.</exception>
    public void Add(Entry entry, OperationHead? head)
    {
        if (head is not null)
        {
            End();
            (_head, _left) = (head, head.EntryCount);
        }

        if (_head is null || _left-- == 0)
        {
            throw new InvalidRowException($"entry {entry.Sequence} belongs to no operation");
        }

        if (_head.EntryCount > 1)
        {
            Count(entry);
        }
    }

    private void Count(Entry entry)
    {
        try
        {
            _tally.Add(entry);
        }
        catch (OverflowException)
        {
            throw new InvalidRowException($"the points of operation {entry.Operation} do not fit into 64 bits");
        }
    }

    /// <summary>Ends the commit.</summary>
    /// <exception cref="InvalidRowException">The head of the last operation does not match its entries.</exception>
    public void End()
    {
        if (_head is null)
        {
            return;
        }

        if (_left > 0)
        {
            throw new InvalidRowException($"operation {_head.First.Sequence} lacks {_left} of its {_head.EntryCount} entries");
        }

        if (_head.EntryCount > 1 && !_tally.ToSums().SequenceEqual(_head.Payers))
        {
            throw new InvalidRowException($"the entries of operation {_head.First.Sequence} do not add up to the sums of its head");
        }

        _tally.Clear();
        _head = null;
    }
}
