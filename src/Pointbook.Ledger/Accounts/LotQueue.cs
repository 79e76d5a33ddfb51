using System.Diagnostics;
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

    // A shorter chunk is not worth being copied into one that is shorter still.
    private const int ShrunkMin = 16;
    private const long FieldBytes = 24;

    // Nearly all accounts have one chunk at most, which then needs no list.
    private LotChunk? _only;
    private List<LotChunk>? _chunks;

    /// <summary>How many lots are open.</summary>
    public int Count { get; private set; }

    /// <summary>How many lots there is room for without allocating.</summary>
    public int Capacity { get; private set; }

    /// <summary>How much memory it takes, in bytes.</summary>
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

    /// <summary>Makes room for a number of lots in an empty queue.</summary>
    public void Reserve(int count)
    {
        Debug.Assert(Count == 0, "Room is made before the first lot comes.");
        if (count > 0)
        {
            AppendChunk(Math.Min(count, ChunkLengthMax));
        }
    }

    /// <summary>Puts a lot in its place.</summary>
    /// <exception cref="EntryMismatchException">A lot with this key is open.</exception>
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

    /// <summary>The open lot with this key, to be changed in place. The reference is good until the next call.</summary>
    /// <exception cref="EntryMismatchException">No such lot is open: the entries and the state are not of one journal.</exception>
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

    /// <summary>Takes a lot out.</summary>
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
            // An account that has spent most of its lots does not keep the room for them.
            Resize(chunk, chunk.Capacity / 2);
        }
    }

    /// <summary>Walks the lots in their order. The queue must not change meanwhile.</summary>
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

    /// <summary>The last chunk that does not begin after the key, or the first one.</summary>
    private int ChunkFor(LotKey key)
    {
        if (_chunks is null)
        {
            return 0;
        }

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
            // Credits that arrive in order fill chunks to the end instead of leaving half of each empty.
            return AppendChunk(ChunkLengthMax);
        }

        LotChunk upper = chunk.SplitUpperHalf();
        Capacity += upper.Capacity;
        InsertChunk(at + 1, upper);
        return upper.First.Key <= key ? upper : chunk;
    }

    /// <summary>Walks the lots of a queue in their order.</summary>
    internal struct Enumerator(LotQueue queue)
    {
        private LotChunk? _chunk = queue.FirstChunk;
        private int _next = 1;
        private int _index = -1;

        /// <summary>The lot it stands on.</summary>
        public readonly ref readonly Lot Current => ref _chunk!.At(_index);

        /// <summary>Goes to the next lot; false behind the last one.</summary>
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
