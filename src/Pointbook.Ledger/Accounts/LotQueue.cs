using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Pointbook.Ledger.Entries;

namespace Pointbook.Ledger.Accounts;

/// <summary>The open lots of one account in their order. Not thread-safe.</summary>
/// <remarks>
/// Sorted chunks of at most <see cref="ChunkLengthMax"/> lots. Taking from the front and adding at the end, which is what
/// nearly all commands do, moves nothing; a lot in the middle moves at most one chunk.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue in the sense of the rules: lots leave it in order.")]
internal sealed class LotQueue
{
    /// <summary>The longest chunk. Measured: longer ones make late credits slower, shorter ones the list of chunks.</summary>
    internal const int ChunkLengthMax = 512;

    private const int ChunkLengthMin = 4;
    private readonly List<Chunk> _chunks = [];

    /// <summary>How many lots are open.</summary>
    public int Count { get; private set; }

    /// <summary>How many lots there is room for without allocating; what memory bounds are computed from.</summary>
    public int Capacity { get; private set; }

    /// <summary>Puts a lot in its place.</summary>
    /// <exception cref="EntryMismatchException">A lot with this key is open.</exception>
    public void Add(in Lot lot)
    {
        Count++;
        if (_chunks.Count == 0)
        {
            AppendChunk(ChunkLengthMin).Add(lot);
            return;
        }

        int at = ChunkFor(lot.Key);
        Chunk chunk = _chunks[at];
        if (chunk.IsFull)
        {
            chunk = Widen(at, lot.Key);
        }

        chunk.Insert(lot);
    }

    /// <summary>The open lot with this key, to be changed in place. The reference is good until the next call.</summary>
    /// <exception cref="EntryMismatchException">No such lot is open: the entries and the state are not of one journal.</exception>
    public ref Lot Find(LotKey key)
    {
        if (_chunks.Count > 0)
        {
            Chunk chunk = _chunks[0];
            ref Lot first = ref chunk.First;
            if (first.Key == key)
            {
                return ref first;
            }

            chunk = _chunks[ChunkFor(key)];
            int index = chunk.IndexOf(key);
            if (index >= 0)
            {
                return ref chunk.At(index);
            }
        }

        throw new EntryMismatchException($"No lot of entry {key.Sequence} at {key.OccurredAt} is open.");
    }

    /// <summary>Whether a lot with this key is open.</summary>
    public bool Contains(LotKey key) => _chunks.Count > 0 && _chunks[ChunkFor(key)].IndexOf(key) >= 0;

    /// <summary>Reads the open lot with this key.</summary>
    /// <returns>Whether it is open.</returns>
    public bool TryRead(LotKey key, out Lot lot)
    {
        if (_chunks.Count > 0)
        {
            Chunk chunk = _chunks[ChunkFor(key)];
            int index = chunk.IndexOf(key);
            if (index >= 0)
            {
                lot = chunk.At(index);
                return true;
            }
        }

        lot = default;
        return false;
    }

    /// <summary>Takes a lot out.</summary>
    /// <exception cref="EntryMismatchException">No such lot is open.</exception>
    public void Remove(LotKey key)
    {
        int at = _chunks.Count == 0 ? -1 : ChunkFor(key);
        if (at < 0 || !_chunks[at].Remove(key))
        {
            throw new EntryMismatchException($"No lot of entry {key.Sequence} at {key.OccurredAt} is open.");
        }

        Count--;
        if (_chunks[at].IsEmpty)
        {
            Capacity -= _chunks[at].Capacity;
            _chunks.RemoveAt(at);
        }
    }

    /// <summary>Walks the lots in their order. The queue must not change meanwhile.</summary>
    public Enumerator GetEnumerator() => new(this);

    private Chunk AppendChunk(int capacity)
    {
        Chunk chunk = new(capacity);
        Capacity += capacity;
        _chunks.Add(chunk);
        return chunk;
    }

    /// <summary>The last chunk that does not begin after the key, or the first one.</summary>
    private int ChunkFor(LotKey key)
    {
        int low = 0;
        int high = _chunks.Count - 1;
        // Most keys belong to the last chunk, where new credits go, so that one is asked first.
        if (_chunks[high].First.Key <= key)
        {
            return high;
        }

        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (_chunks[middle].First.Key <= key)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low;
    }

    /// <summary>Makes room in a full chunk and returns the chunk that the key belongs to now.</summary>
    private Chunk Widen(int at, LotKey key)
    {
        Chunk chunk = _chunks[at];
        if (chunk.Capacity < ChunkLengthMax)
        {
            Capacity += chunk.Capacity;
            chunk.Double();
            return chunk;
        }

        if (at == _chunks.Count - 1 && chunk.Last.Key < key)
        {
            // Credits that arrive in order fill chunks to the end instead of leaving half of each empty.
            return AppendChunk(ChunkLengthMax);
        }

        Chunk upper = chunk.SplitUpperHalf();
        Capacity += upper.Capacity;
        _chunks.Insert(at + 1, upper);
        return upper.First.Key <= key ? upper : chunk;
    }

    /// <summary>Walks the lots of a queue in their order.</summary>
    internal struct Enumerator(LotQueue queue)
    {
        private int _chunk;
        private int _index = -1;

        /// <summary>The lot it stands on.</summary>
        public readonly ref readonly Lot Current => ref queue._chunks[_chunk].At(_index);

        /// <summary>Goes to the next lot; false behind the last one.</summary>
        public bool MoveNext()
        {
            _index++;
            if (_chunk < queue._chunks.Count && _index >= queue._chunks[_chunk].Length)
            {
                _chunk++;
                _index = 0;
            }

            return _chunk < queue._chunks.Count;
        }
    }

    private sealed class Chunk(int capacity)
    {
        private Lot[] _lots = new Lot[capacity];
        private int _start;

        public int Length { get; private set; }

        public int Capacity => _lots.Length;

        public bool IsEmpty => Length == 0;

        public bool IsFull => Length == _lots.Length;

        public ref Lot First => ref _lots[_start];

        public ref Lot Last => ref _lots[_start + Length - 1];

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ref Lot At(int index) => ref _lots[_start + index];

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

        /// <summary>The place of the key, or the complement of where it would go.</summary>
        public int IndexOf(LotKey key)
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

        public void Double()
        {
            Lot[] wider = new Lot[_lots.Length * 2];
            Array.Copy(_lots, _start, wider, 0, Length);
            _lots = wider;
            _start = 0;
        }

        public Chunk SplitUpperHalf()
        {
            int lower = Length / 2;
            Chunk upper = new(_lots.Length) { Length = Length - lower };
            Array.Copy(_lots, _start + lower, upper._lots, 0, upper.Length);
            Array.Clear(_lots, _start + lower, upper.Length);
            Length = lower;
            return upper;
        }

        private void MakeRoomAtEnd()
        {
            if (_start + Length == _lots.Length)
            {
                Array.Copy(_lots, _start, _lots, 0, Length);
                Array.Clear(_lots, Length, _start);
                _start = 0;
            }
        }
    }
}
