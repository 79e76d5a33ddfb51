using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <content>The operations of a block and their heads.</content>
internal ref partial struct BlockDecoder
{
    /// <summary>Returns the head of the operation that begins with the last entry read.</summary>
    /// <exception cref="InvalidRowException">The head is invalid.</exception>
    public readonly OperationHead ToHead(Entry first, CommitTime time, bool withSums)
    {
        if (!withSums)
        {
            return new OperationHead(first, _head.EntryCount, [], time);
        }

        if (_head.EntryCount == 1)
        {
            return new OperationHead(first, 1, PayerTally.Of([first]), time);
        }

        ByteReader reader = new(_block[_head.SumsStart..]);
        List<OperationPayer> sums = new(_head.SumCount);
        for (int count = _head.SumCount; count > 0; count--)
        {
            ulong place = reader.ReadVarint();
            bool isSettledOnly = (place & 1) == 1;
            sums.Add(new OperationPayer(PayerAt((int)(place >> 1)), isSettledOnly ? Points.Zero : new Points(reader.ReadSigned()), isSettledOnly));
        }

        return new OperationHead(first, _head.EntryCount, sums, time);
    }

    /// <summary>Reads which operation an entry belongs to. Only the first entry of a block states it, and the first entry of an operation has its head.</summary>
    private void ReadOperation(in EntryShape shape, Sequence sequence)
    {
        if (shape.IsFirst)
        {
            ReadHead(sequence);
            _operation = sequence;
        }
        else if (sequence == _first)
        {
            _operation = ReadBefore(sequence);
            if (_operation == sequence)
            {
                throw _reader.Invalid("an operation is repeated");
            }
        }
    }

    private void ReadHead(Sequence sequence)
    {
        long distance = _reader.ReadNumber();
        if (distance >= sequence.Value)
        {
            throw _reader.Invalid($"entry {sequence} minus {distance} is not the place of an entry");
        }

        Sequence previous = distance == 0 ? Sequence.Zero : new Sequence(sequence.Value - distance);
        Points balance = new(_reader.ReadNumber());
        int entryCount = _reader.ReadCount(int.MaxValue - 1) + 1;
        int sumCount = entryCount > 1 ? _reader.ReadCount(_reader.Remaining) : 0;
        _head = new HeadPart(previous, balance, entryCount, sumCount, _reader.Position);
        for (; sumCount > 0; sumCount--)
        {
            SkipSum();
        }
    }

    private void SkipSum()
    {
        int before = _payersMet;
        int sum = _reader.ReadCount((2 * Math.Min(before, _payers.Length - 1)) + 1);
        _payersMet = Math.Max(before, (sum >> 1) + 1);
        if ((sum & 1) == 0)
        {
            _ = _reader.ReadVarint();
        }
    }

    /// <summary>The content of an operation's head, and the place of its sums in the block.</summary>
    private readonly record struct HeadPart(Sequence Previous, Points Balance, int EntryCount, int SumCount, int SumsStart);
}
