using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Pointbook.Ledger.Entries;

namespace Pointbook.Ledger.Accounts;

/// <summary>The open lots of one account in spending order. Not thread-safe.</summary>
/// <remarks>
/// Sorted chunks of at most <see cref="ChunkLengthMax"/> lots. Nearly all commands remove lots from the front or add them at
/// the end, which moves no other lot. A change in the middle moves at most one chunk.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue in the sense of the rules: lots leave it in order.")]
internal sealed class LotQueue
{
    /// <summary>The longest chunk. Measured: a higher value makes late credits slower, a lower one makes the list of chunks slower.</summary>
    internal const int ChunkLengthMax = 512;

    // Copying a chunk with less room into a smaller one is not worth the cost.
    private const int ShrunkMin = 16;
    private const long FieldBytes = 24;

    // Nearly all accounts have at most one chunk, which needs no list.
    private LotChunk? _only;
    private List<LotChunk>? _chunks;

    /// <summary>The number of open lots.</summary>
    public int Count { get; private set; }

    /// <summary>The number of lots that fit without an allocation.</summary>
    public int Capacity { get; private set; }

    /// <summary>Its size in memory, in bytes.</summary>
    public long SizeInBytes
    {
        get
        {
            long list = _chunks is null ? 0 : HeapSize.List + HeapSize.ArrayOf<LotChunk>(_chunks.Capacity);
            return HeapSize.Header + FieldBytes + list + (ChunkCount * (LotChunk.BytesWithoutLots + HeapSize.ArrayOf<Lot>(1)))
                + ((Capacity - ChunkCount) * (long)Unsafe.SizeOf<Lot>());
        }
    }

    private int ChunkCount => _chunks is not null ? _chunks.Count : _only is null ? 0 : 1;

    private LotChunk? FirstChunk => _chunks is null ? _only : _chunks[0];

    /// <summary>Reserves room for a number of lots in an empty queue.</summary>
    public void Reserve(int count)
    {
        Debug.Assert(Count == 0, "Room is made before the first lot comes.");
        if (count > 0)
        {
            AppendChunk(Math.Min(count, ChunkLengthMax));
        }
    }

    /// <summary>Inserts a lot at its position.</summary>
    /// <exception cref="EntryMismatchException">A lot with this key is already open.</exception>
    public void Add(in Lot lot)
    {
        Count++;
        if (Count == 1)
        {
            (_only ?? AppendChunk(1)).Add(lot);
            return;
        }

        int at = ChunkFor(lot.Key);
        LotChunk chunk = ChunkAt(at);
        if (chunk.IsFull || chunk.IsCrowded)
        {
            chunk = Widen(at, lot.Key);
        }

        chunk.Insert(lot);
    }

    /// <summary>The open lot with this key, for a change in place. The reference is valid until the next call.</summary>
    /// <exception cref="EntryMismatchException">No such lot is open: the entries and the state are not from the same journal.</exception>
    public ref Lot Find(LotKey key)
    {
        if (FirstChunk is { } chunk)
        {
            ref Lot first = ref chunk.First;
            if (first.Key == key)
            {
                return ref first;
            }

            chunk = ChunkAt(ChunkFor(key));
            int index = chunk.IndexOf(key);
            if (index >= 0)
            {
                return ref chunk.At(index);
            }
        }

        throw new EntryMismatchException($"No lot of entry {key.Sequence} at {key.OccurredAt} is open.");
    }

    /// <summary>Whether a lot with this key is open.</summary>
    public bool Contains(LotKey key) => Count > 0 && ChunkAt(ChunkFor(key)).IndexOf(key) >= 0;

    /// <summary>Reads the open lot with this key.</summary>
    /// <returns>Whether it is open.</returns>
    public bool TryRead(LotKey key, out Lot lot)
    {
        if (Count > 0)
        {
            LotChunk chunk = ChunkAt(ChunkFor(key));
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

    /// <summary>Removes a lot.</summary>
    /// <exception cref="EntryMismatchException">No such lot is open.</exception>
    public void Remove(LotKey key)
    {
        int at = Count == 0 ? -1 : ChunkFor(key);
        if (at < 0 || !ChunkAt(at).Remove(key))
        {
            throw new EntryMismatchException($"No lot of entry {key.Sequence} at {key.OccurredAt} is open.");
        }

        Count--;
        LotChunk chunk = ChunkAt(at);
        if (chunk.IsEmpty)
        {
            Capacity -= chunk.Capacity;
            RemoveChunk(at);
        }
        else if (_only is not null && chunk.Capacity >= ShrunkMin && chunk.Length <= chunk.Capacity / 4)
        {
            // An account that has spent most of its lots does not keep their room.
            Resize(chunk, chunk.Capacity / 2);
        }
    }

    /// <summary>Walks the lots in order. The queue must not change during the walk.</summary>
    public Enumerator GetEnumerator() => new(this);

    private LotChunk ChunkAt(int at) => _only ?? _chunks![at];

    private LotChunk AppendChunk(int capacity)
    {
        LotChunk chunk = new(capacity);
        Capacity += capacity;
        InsertChunk(ChunkCount, chunk);
        return chunk;
    }

    private void InsertChunk(int at, LotChunk chunk)
    {
        if (ChunkCount == 0)
        {
            _only = chunk;
            return;
        }

        if (_only is not null)
        {
            (_chunks, _only) = ([_only], null);
        }

        _chunks!.Insert(at, chunk);
    }

    private void RemoveChunk(int at)
    {
        _only = null;
        if (_chunks is null)
        {
            return;
        }

        _chunks.RemoveAt(at);
        if (_chunks.Count == 1)
        {
            (_only, _chunks) = (_chunks[0], null);
        }
    }

    private void Resize(LotChunk chunk, int capacity)
    {
        Capacity += capacity - chunk.Capacity;
        chunk.Resize(capacity);
    }

    /// <summary>The last chunk that does not begin after the key, or else the first one.</summary>
    private int ChunkFor(LotKey key)
    {
        if (_chunks is null)
        {
            return 0;
        }

        int low = 0;
        int high = _chunks.Count - 1;
        // Most keys belong to the last chunk, which receives new credits, so it is checked first.
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

    /// <summary>Makes room in a full or crowded chunk, and returns the chunk that the key now belongs to.</summary>
    private LotChunk Widen(int at, LotKey key)
    {
        LotChunk chunk = ChunkAt(at);
        if (chunk.Capacity < ChunkLengthMax)
        {
            Resize(chunk, Math.Min(ChunkLengthMax, chunk.Capacity + Math.Max(1, chunk.Capacity / 2)));
            return chunk;
        }

        if (at == ChunkCount - 1 && chunk.Last.Key < key)
        {
            // Credits that arrive in order fill each chunk, instead of leaving half of it empty.
            return AppendChunk(ChunkLengthMax);
        }

        LotChunk upper = chunk.SplitUpperHalf();
        Capacity += upper.Capacity;
        InsertChunk(at + 1, upper);
        return upper.First.Key <= key ? upper : chunk;
    }

    /// <summary>Walks the lots of a queue in order.</summary>
    internal struct Enumerator(LotQueue queue)
    {
        private LotChunk? _chunk = queue.FirstChunk;
        private int _next = 1;
        private int _index = -1;

        /// <summary>The current lot.</summary>
        public readonly ref readonly Lot Current => ref _chunk!.At(_index);

        /// <summary>Moves to the next lot; false after the last one.</summary>
        public bool MoveNext()
        {
            _index++;
            if (_chunk is not null && _index >= _chunk.Length)
            {
                _chunk = _next < queue.ChunkCount ? queue.ChunkAt(_next++) : null;
                _index = 0;
            }

            return _chunk is not null;
        }
    }
}
