using System.Runtime.CompilerServices;
using Pointbook.Ledger.Entries;

namespace Pointbook.Ledger.Accounts;

/// <summary>Part of the lots of a <see cref="LotQueue"/>, in order, with room at both ends. Not thread-safe.</summary>
/// <remarks>A value, because an account should not need an object more for its only chunk. Copies share the lots, so only one copy may change.</remarks>
internal struct LotChunk(int capacity)
{
    private const int RoomMin = 2;
    private const int MovedSinglyMax = 4;

    private Lot[] _lots = new Lot[capacity];
    private int _start;

    /// <summary>Whether this is a chunk, and not the default value.</summary>
    public readonly bool Exists => _lots is not null;

    public int Length { get; private set; }

    public readonly int Capacity => _lots.Length;

    public readonly bool IsEmpty => Length == 0;

    public readonly bool IsFull => Length == _lots.Length;

    /// <summary>Whether the end is reached and the room at the front is so small that another move of all lots would soon be needed.</summary>
    /// <remarks>Otherwise, an account that adds and spends in turn would move its lots with every credit.</remarks>
    public readonly bool IsCrowded =>
        _start + Length == _lots.Length && _start < Math.Max(RoomMin, _lots.Length / 8) && _lots.Length < LotQueue.ChunkLengthMax;

    public readonly ref Lot First => ref _lots[_start];

    public readonly ref Lot Last => ref _lots[_start + Length - 1];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly ref Lot At(int index) => ref _lots[_start + index];

    public void Add(in Lot lot)
    {
        MakeRoomAtEnd();
        _lots[_start + Length] = lot;
        Length++;
    }

    public void Insert(in Lot lot)
    {
        int found = IndexOf(lot.Key);
        if (found >= 0)
        {
            throw new EntryMismatchException($"A lot of entry {lot.Key.Sequence} is open already.");
        }

        int index = ~found;
        if (index == 0 && _start > 0)
        {
            _start--;
        }
        else
        {
            MakeRoomAtEnd();
            Array.Copy(_lots, _start + index, _lots, _start + index + 1, Length - index);
        }

        _lots[_start + index] = lot;
        Length++;
    }

    public bool Remove(LotKey key)
    {
        int index = First.Key == key ? 0 : IndexOf(key);
        if (index < 0)
        {
            return false;
        }

        Length--;
        if (index == 0)
        {
            _lots[_start] = default;
            _start++;
        }
        else
        {
            Array.Copy(_lots, _start + index + 1, _lots, _start + index, Length - index);
            _lots[_start + Length] = default;
        }

        return true;
    }

    /// <summary>The index of the key, or the complement of the index where it belongs.</summary>
    public readonly int IndexOf(LotKey key)
    {
        int low = 0;
        int high = Length - 1;
        if (Length > 0 && Last.Key < key)
        {
            return ~Length;
        }

        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = At(middle).Key.CompareTo(key);
            if (order == 0)
            {
                return middle;
            }

            if (order < 0)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return ~low;
    }

    public void Resize(int capacity)
    {
        Lot[] lots = new Lot[capacity];
        Array.Copy(_lots, _start, lots, 0, Length);
        _lots = lots;
        _start = 0;
    }

    public LotChunk SplitUpperHalf()
    {
        int lower = Length / 2;
        LotChunk upper = new(_lots.Length) { Length = Length - lower };
        Array.Copy(_lots, _start + lower, upper._lots, 0, upper.Length);
        Array.Clear(_lots, _start + lower, upper.Length);
        Length = lower;
        return upper;
    }

    private void MakeRoomAtEnd()
    {
        if (_start + Length < _lots.Length)
        {
            return;
        }

        if (Length > MovedSinglyMax)
        {
            Array.Copy(_lots, _start, _lots, 0, Length);
            Array.Clear(_lots, Length, _start);
        }
        else
        {
            MoveSingly();
        }

        _start = 0;
    }

    /// <summary>Moves a few lots to the front, which is faster one by one.</summary>
    private readonly void MoveSingly()
    {
        for (int index = 0; index < Length; index++)
        {
            _lots[index] = _lots[_start + index];
            _lots[_start + index] = default;
        }
    }
}
