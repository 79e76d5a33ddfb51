namespace Pointbook.Engine.AccountStore;

/// <summary>One sorted collection of an account's snapshot, such as its lots. Not thread-safe.</summary>
/// <remarks>
/// A short section is part of the snapshot's head. A longer one is a list of chunks, each in a separate row. The head contains the
/// checksum of every chunk. So the store detects a chunk that is missing, altered, outdated or from another account when it reads it.
/// The store reads only the chunks that it needs, and writes only those that changed.
/// </remarks>
internal sealed partial class Section<TKey, TItem, TFormat>
    where TKey : IComparable<TKey>
    where TFormat : ISectionFormat<TKey, TItem>
{
    /// <summary>The time of an item that has no time.</summary>
    public const long NoTime = long.MaxValue;

    /// <summary>The maximum length of the items in the head. A hold may have very many draws, and each change of the account rewrites the head.</summary>
    public const int InlineBytesMax = 16 * 1024;

    private const int ChunksBeyondIdeal = 8;
    private const int ChunksPerIdealMax = 4;

    // A larger list is released, so that one large account does not hold its memory for ever.
    private const int ChunksKeptMax = 64;

    // A round changes very many accounts one after the other, and most are short. Their items live until the account is written.
    [ThreadStatic]
    private static (List<TItem> Stored, List<TItem> Merged)? _scratch;

    private List<Chunk> _chunks = [];
    private Chunk? _inlineChunk;
    private Dictionary<long, int>? _places;
    private ReadOnlyMemory<byte> _inline;
    private bool _isChanged;

    /// <summary>The number of items.</summary>
    public int Count { get; private set; }

    /// <summary>The earliest time of the items; <see cref="NoTime"/> if there is none.</summary>
    public long Earliest { get; private set; } = NoTime;

    /// <summary>The number of chunks; 0 while the items are in the head.</summary>
    public int ChunkCount => IsInline ? 0 : _chunks.Count;

    /// <summary>The highest number of a chunk; 0 if there is none.</summary>
    public long LastChunk => IsInline ? 0 : _chunks.Max(chunk => chunk.Id);

    private bool IsInline => _chunks.Count == 0 || _chunks[0].Id == Chunk.Inline;

    /// <summary>Adds the unread chunks that contain, or would contain, the items of some keys.</summary>
    public void Need(IEnumerable<TKey> keys, ICollection<long> needed)
    {
        if (IsInline)
        {
            return;
        }

        int last = -1;
        foreach (TKey key in keys)
        {
            int at = ChunkFor(key);
            if (at != last)
            {
                last = at;
                Need(_chunks[at], needed);
            }
        }
    }

    /// <summary>Adds all unread chunks.</summary>
    public void NeedAll(ICollection<long> needed)
    {
        foreach (Chunk chunk in _chunks)
        {
            Need(chunk, needed);
        }
    }

    /// <summary>Adds the unread chunks that contain items with a time up to an instant.</summary>
    public void NeedDueBy(long through, ICollection<long> needed)
    {
        foreach (Chunk chunk in _chunks.Where(chunk => chunk.Earliest <= through))
        {
            Need(chunk, needed);
        }
    }

    /// <summary>Adds all unread chunks if the section must be rebuilt, because it has few items, or too many chunks for its items.</summary>
    /// <param name="changes">The maximum number of changed items.</param>
    /// <param name="needed">Receives the chunks.</param>
    public void NeedToRestructure(int changes, ICollection<long> needed)
    {
        if (!IsInline && changes > 0 && (Count + changes <= TFormat.InlineItemsMax / 2 || IsScattered))
        {
            NeedAll(needed);
        }
    }

    /// <summary>Adds the stored bytes of a chunk, if it belongs to this section.</summary>
    /// <returns>False if the chunk does not belong to this section.</returns>
    /// <exception cref="InvalidRowException">The bytes differ from what was last stored.</exception>
    public bool TryProvide(long id, ReadOnlySpan<byte> bytes)
    {
        if (IsInline)
        {
            return false;
        }

        if (_places is null)
        {
            _places = [];
            for (int index = 0; index < _chunks.Count; index++)
            {
                if (!_places.TryAdd(_chunks[index].Id, index))
                {
                    throw new InvalidRowException($"chunk {_chunks[index].Id} is present twice");
                }
            }
        }

        if (!_places.TryGetValue(id, out int at))
        {
            return false;
        }

        Chunk chunk = _chunks[at];
        if (ChecksumOf(id, bytes) != chunk.Checksum)
        {
            throw new InvalidRowException($"chunk {id} does not match its checksum");
        }

        chunk.Items = Decode(bytes, chunk.Count);
        return EarliestOf(chunk.Items) == chunk.Earliest ? true : throw new InvalidRowException($"chunk {id} has another time");
    }

    /// <summary>All items in the order of their keys. The caller must have provided all chunks.</summary>
    public IEnumerable<TItem> All()
    {
        foreach (Chunk chunk in _chunks)
        {
            foreach (TItem item in ItemsOf(chunk))
            {
                yield return item;
            }
        }
    }

    /// <summary>All items as one list. The caller must have provided all chunks.</summary>
    public List<TItem> ToList()
    {
        if (_chunks.Count == 1)
        {
            return ItemsOf(_chunks[0]);
        }

        List<TItem> all = new(Count);
        foreach (Chunk chunk in _chunks)
        {
            all.AddRange(ItemsOf(chunk));
        }

        return all;
    }

    /// <summary>The items with a time up to an instant. The caller must have provided their chunks.</summary>
    public IEnumerable<TItem> DueBy(long through) =>
        _chunks.Where(chunk => chunk.Earliest <= through).SelectMany(ItemsOf).Where(item => TFormat.TimeOf(item) <= through);

    /// <summary>Finds an item. The caller must have provided its chunk.</summary>
    public bool TryFind(TKey key, out TItem item)
    {
        if (_chunks.Count > 0)
        {
            List<TItem> items = ItemsOf(_chunks[IsInline ? 0 : ChunkFor(key)]);
            int at = IndexOf(items, key);
            if (at >= 0)
            {
                item = items[at];
                return true;
            }
        }

        item = default!;
        return false;
    }

    /// <summary>Enumerates the items after a key, and those that share a chunk with the first of them.</summary>
    /// <param name="after">The key; ignored unless <paramref name="isAfter"/>.</param>
    /// <param name="isAfter">Whether to begin after the key instead of with the first item.</param>
    public IEnumerable<SectionPart<TItem>> PartsFrom(TKey after, bool isAfter)
    {
        for (int index = !isAfter || IsInline ? 0 : ChunkFor(after); index < _chunks.Count; index++)
        {
            yield return PartOf(_chunks[index]);
        }
    }

    /// <summary>Enumerates the items up to a key, and those that share a chunk with them.</summary>
    public IEnumerable<SectionPart<TItem>> PartsUpTo(TKey key)
    {
        int last = IsInline ? _chunks.Count - 1 : ChunkFor(key);
        for (int index = 0; index <= last; index++)
        {
            yield return PartOf(_chunks[index]);
        }
    }

    private static int IndexOf(List<TItem> items, TKey key)
    {
        int low = 0;
        int high = items.Count - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            int order = TFormat.KeyOf(items[middle]).CompareTo(key);
            if (order == 0)
            {
                return middle;
            }

            (low, high) = order < 0 ? (middle + 1, high) : (low, middle - 1);
        }

        return ~low;
    }

    /// <summary>Makes the items part of the head. The section must be empty.</summary>
    private Chunk AddInline(List<TItem>? items)
    {
        Chunk chunk = _inlineChunk ??= new Chunk(Chunk.Inline, default!);
        (chunk.Items, chunk.Count, chunk.Earliest, chunk.IsChanged) = (items, 0, NoTime, false);
        _chunks.Add(chunk);
        return chunk;
    }

    private void Need(Chunk chunk, ICollection<long> needed)
    {
        if (!HasItems(chunk))
        {
            needed.Add(chunk.Id);
        }
    }

    private SectionPart<TItem> PartOf(Chunk chunk) => new(chunk.Id, chunk.Count, HasItems(chunk) ? ItemsOf(chunk) : null);

    private bool HasItems(Chunk chunk) => chunk.Items is not null || chunk.Id == Chunk.Inline;

    /// <summary>Returns the last chunk that does not begin after the key, or the first chunk.</summary>
    private int ChunkFor(TKey key)
    {
        int low = 0;
        int high = _chunks.Count - 1;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            (low, high) = _chunks[middle].First.CompareTo(key) <= 0 ? (middle, high) : (low, middle - 1);
        }

        return low;
    }

    private List<TItem> ItemsOf(Chunk chunk)
    {
        if (chunk.Items is null)
        {
            if (chunk.Id != Chunk.Inline)
            {
                throw new InvalidOperationException($"Chunk {chunk.Id} was not read.");
            }

            chunk.Items = Decode(_inline.Span, chunk.Count);
        }

        return chunk.Items;
    }

    private sealed class Chunk(long id, TKey first)
    {
        /// <summary>The id for items in the head.</summary>
        public const long Inline = 0;

        public long Id { get; } = id;

        /// <summary>The lowest key of this chunk. Only the first chunk may contain lower ones.</summary>
        public TKey First { get; set; } = first;

        public int Count { get; set; }

        public long Earliest { get; set; } = NoTime;

        public ulong Checksum { get; set; }

        public List<TItem>? Items { get; set; }

        public bool IsChanged { get; set; }
    }
}

/// <summary>A run of consecutive items of a section.</summary>
/// <param name="Chunk">The chunk to read if the items are missing.</param>
/// <param name="Count">The number of items.</param>
/// <param name="Items">The items; null if their chunk is unread.</param>
internal readonly record struct SectionPart<TItem>(long Chunk, int Count, IReadOnlyList<TItem>? Items);
