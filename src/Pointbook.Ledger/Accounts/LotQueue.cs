using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Pointbook.Ledger.Entries;

namespace Pointbook.Ledger.Accounts;

/// <summary>The open lots of one account in spending order. Not thread-safe.</summary>
/// <remarks>
/// Sorted chunks of at most <see cref="ChunkLengthMax"/> lots. Nearly all commands remove lots from the front or add them at
/// the end, which moves no other lot. A change in the middle moves at most one chunk. It is a value, so that it takes no object for each account;
/// a copy is useless as soon as either of the two changes.
/// </remarks>
[SuppressMessage("Naming", "CA1711", Justification = "It is a queue in the sense of the rules: lots leave it in order.")]
internal struct LotQueue
{
    /// <summary>The longest chunk. Measured: a higher value makes late credits slower, a lower one makes the list of chunks slower.</summary>
    internal const int ChunkLengthMax = 512;

    // Copying a chunk with less room into a smaller one is not worth the cost.
    private const int ShrunkMin = 16;

    // Nearly all accounts have at most one chunk, which needs no list.
    private LotChunk _only;
    private List<LotChunk>? _chunks;

    /// <summary>The number of open lots.</summary>
    public int Count { get; private set; }

    /// <summary>The number of lots that fit without an allocation.</summary>
    public int Capacity { get; private set; }

    /// <summary>The size of what it refers to in memory, in bytes. Its own fields are part of the account.</summary>
    public readonly long SizeInBytes
    {
        get
        {
            long list = _chunks is null ? 0 : HeapSize.List + HeapSize.ArrayOf<LotChunk>(_chunks.Capacity);
            return list + (ChunkCount * HeapSize.ArrayOf<Lot>(1)) + ((Capacity - ChunkCount) * (long)Unsafe.SizeOf<Lot>());
        }
    }

    private readonly int ChunkCount => _chunks is not null ? _chunks.Count : _only.Exists ? 1 : 0;

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
            if (!_only.Exists)
            {
                AppendChunk(1);
            }

            _only.Add(lot);
            return;
        }

        int at = ChunkFor(lot.Key);
        if (ReadChunk(at) is { IsFull: true } or { IsCrowded: true })
        {
            at = Widen(at, lot.Key);
        }

        ChunkAt(at).Insert(lot);
    }

    /// <summary>The open lot with this key, for a change in place. The reference is valid until the next call.</summary>
    /// <exception cref="EntryMismatchException">No such lot is open: the entries and the state are not from the same journal.</exception>
    public readonly ref Lot Find(LotKey key)
    {
        if (Count > 0)
        {
            LotChunk chunk = ReadChunk(0);
            ref Lot first = ref chunk.First;
            if (first.Key == key)
            {
                return ref first;
            }

            chunk = ReadChunk(ChunkFor(key));
            int index = chunk.IndexOf(key);
            if (index >= 0)
            {
                return ref chunk.At(index);
            }
        }

        throw new EntryMismatchException($"No lot of entry {key.Sequence} at {key.OccurredAt} is open.");
    }

    /// <summary>Whether a lot with this key is open.</summary>
    public readonly bool Contains(LotKey key) => Count > 0 && ReadChunk(ChunkFor(key)).IndexOf(key) >= 0;

    /// <summary>Reads the open lot with this key.</summary>
    /// <returns>Whether it is open.</returns>
    public readonly bool TryRead(LotKey key, out Lot lot)
    {
        if (Count > 0)
        {
            LotChunk chunk = ReadChunk(ChunkFor(key));
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
        ref LotChunk chunk = ref ChunkAt(at);
        if (chunk.IsEmpty)
        {
            Capacity -= chunk.Capacity;
            RemoveChunk(at);
        }
        else if (_chunks is null && chunk.Capacity >= ShrunkMin && chunk.Length <= chunk.Capacity / 4)
        {
            // An account that has spent most of its lots does not keep their room.
            Resize(ref chunk, chunk.Capacity / 2);
        }
    }

    /// <summary>Walks the lots in order. The queue must not change during the walk.</summary>
    public readonly Enumerator GetEnumerator() => new(_only, _chunks);

    private readonly LotChunk ReadChunk(int at) => _chunks is null ? _only : _chunks[at];

    /// <summary>A chunk, for a change. The reference is valid until a chunk is added or removed.</summary>
    [UnscopedRef]
    private ref LotChunk ChunkAt(int at) => ref _chunks is null ? ref _only : ref CollectionsMarshal.AsSpan(_chunks)[at];

    private void AppendChunk(int capacity)
    {
        Capacity += capacity;
        InsertChunk(ChunkCount, new LotChunk(capacity));
    }

    private void InsertChunk(int at, LotChunk chunk)
    {
        if (ChunkCount == 0)
        {
            _only = chunk;
            return;
        }

        if (_chunks is null)
        {
            (_chunks, _only) = ([_only], default);
        }

        _chunks.Insert(at, chunk);
    }

    private void RemoveChunk(int at)
    {
        _only = default;
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

    private void Resize(ref LotChunk chunk, int capacity)
    {
        Capacity += capacity - chunk.Capacity;
        chunk.Resize(capacity);
    }

    /// <summary>The last chunk that does not begin after the key, or else the first one.</summary>
    private readonly int ChunkFor(LotKey key)
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

    /// <summary>Makes room in a full or crowded chunk, and returns the place of the chunk that the key now belongs to.</summary>
    private int Widen(int at, LotKey key)
    {
        ref LotChunk chunk = ref ChunkAt(at);
        if (chunk.Capacity < ChunkLengthMax)
        {
            Resize(ref chunk, Math.Min(ChunkLengthMax, chunk.Capacity + Math.Max(1, chunk.Capacity / 2)));
            return at;
        }

        if (at == ChunkCount - 1 && chunk.Last.Key < key)
        {
            // Credits that arrive in order fill each chunk, instead of leaving half of it empty.
            AppendChunk(ChunkLengthMax);
            return at + 1;
        }

        LotChunk upper = chunk.SplitUpperHalf();
        Capacity += upper.Capacity;
        InsertChunk(at + 1, upper);
        return upper.First.Key <= key ? at + 1 : at;
    }

    /// <summary>Walks the lots of a queue in order.</summary>
    internal struct Enumerator(LotChunk only, List<LotChunk>? chunks)
    {
        private LotChunk _chunk = chunks is null ? only : chunks[0];
        private int _next = 1;
        private int _index = -1;

        /// <summary>The current lot.</summary>
        public readonly ref readonly Lot Current => ref _chunk.At(_index);

        /// <summary>Moves to the next lot; false after the last one.</summary>
        public bool MoveNext()
        {
            _index++;
            if (_chunk.Exists && _index >= _chunk.Length)
            {
                _chunk = _next < chunks?.Count ? chunks[_next++] : default;
                _index = 0;
            }

            return _chunk.Exists;
        }
    }
}
