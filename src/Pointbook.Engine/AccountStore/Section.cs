namespace Pointbook.Engine.AccountStore;

/// <summary>One sorted collection of an account's snapshot, such as its lots. Not thread-safe.</summary>
/// <remarks>
/// A short section is part of the snapshot's head. A longer one is a list of chunks, each of which is stored in a separate row. The head
/// has the checksum of every chunk, so a chunk that is missing, altered, older or of another account is found when it is read. Chunks are
/// read only where they are needed, and only those that changed are written.
/// </remarks>
internal sealed partial class Section<TKey, TItem, TFormat>
    where TKey : IComparable<TKey>
    where TFormat : ISectionFormat<TKey, TItem>
{
    /// <summary>Stands for an item without a time.</summary>
    public const long NoTime = long.MaxValue;

    /// <summary>The most bytes of items in the head: a hold may have very many draws, and the head is written with every change of the account.</summary>
    public const int InlineBytesMax = 16 * 1024;

    private const int ChunksBeyondIdeal = 8;
    private const int ChunksPerIdealMax = 4;

    // A round changes very many accounts, one after the other, most of which are short. Their items live until the account is written.
    [ThreadStatic]
    private static (List<TItem> Stored, List<TItem> Merged)? _scratch;

    private readonly List<Chunk> _chunks = [];
    private Dictionary<long, int>? _places;
    private ReadOnlyMemory<byte> _inline;
    private bool _isChanged;

    /// <summary>How many items there are.</summary>
    public int Count { get; private set; }

    /// <summary>The earliest time of the items; <see cref="NoTime"/> if there is none.</summary>
    public long Earliest { get; private set; } = NoTime;

    /// <summary>How many chunks there are; 0 while the items are in the head.</summary>
    public int ChunkCount => IsInline ? 0 : _chunks.Count;

    /// <summary>The highest number of a chunk; 0 if there is none.</summary>
    public long LastChunk => IsInline ? 0 : _chunks.Max(chunk => chunk.Id);

    private bool IsInline => _chunks.Count == 0 || _chunks[0].Id == Chunk.Inline;

    /// <summary>Adds the chunks that have, or would have, the items of some keys and were not read yet.</summary>
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

    /// <summary>Adds all chunks that were not read yet.</summary>
    public void NeedAll(ICollection<long> needed)
    {
        foreach (Chunk chunk in _chunks)
        {
            Need(chunk, needed);
        }
    }

    /// <summary>Adds the chunks with items whose time has come by an instant.</summary>
    public void NeedDueBy(long through, ICollection<long> needed)
    {
        foreach (Chunk chunk in _chunks.Where(chunk => chunk.Earliest <= through))
        {
            Need(chunk, needed);
        }
    }

    /// <summary>Adds all chunks if so few items are left, or so many chunks have few items, that the section is to be put together again.</summary>
    /// <param name="changes">How many items change at most.</param>
    /// <param name="needed">Where to add them.</param>
    public void NeedToRestructure(int changes, ICollection<long> needed)
    {
        if (!IsInline && changes > 0 && (Count + changes <= TFormat.InlineItemsMax / 2 || IsScattered))
        {
            NeedAll(needed);
        }
    }

    /// <summary>Takes the stored bytes of a chunk.</summary>
    /// <returns>False if the chunk is not one of this section.</returns>
    /// <exception cref="InvalidRowException">They are not what was stored last.</exception>
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
                    throw new InvalidRowException($"chunk {_chunks[index].Id} is there twice");
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

    /// <summary>All items in the order of their keys. All chunks must have been read.</summary>
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

    /// <summary>All items as one list. All chunks must have been read.</summary>
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

    /// <summary>The items whose time has come by an instant. Their chunks must have been read.</summary>
    public IEnumerable<TItem> DueBy(long through) =>
        _chunks.Where(chunk => chunk.Earliest <= through).SelectMany(ItemsOf).Where(item => TFormat.TimeOf(item) <= through);

    /// <summary>Finds an item. Its chunk must have been read.</summary>
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

    /// <summary>Walks the items behind a key, and those that share a chunk with the first of them.</summary>
    /// <param name="after">The key; ignored unless <paramref name="isAfter"/>.</param>
    /// <param name="isAfter">Whether to begin behind the key instead of with the first item.</param>
    public IEnumerable<SectionPart<TItem>> PartsFrom(TKey after, bool isAfter)
    {
        for (int index = !isAfter || IsInline ? 0 : ChunkFor(after); index < _chunks.Count; index++)
        {
            yield return PartOf(_chunks[index]);
        }
    }

    /// <summary>Walks the items up to a key, and those that share a chunk with them.</summary>
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

    private void Need(Chunk chunk, ICollection<long> needed)
    {
        if (!HasItems(chunk))
        {
            needed.Add(chunk.Id);
        }
    }

    private SectionPart<TItem> PartOf(Chunk chunk) => new(chunk.Id, chunk.Count, HasItems(chunk) ? ItemsOf(chunk) : null);

    private bool HasItems(Chunk chunk) => chunk.Items is not null || chunk.Id == Chunk.Inline;

    /// <summary>The last chunk that does not begin behind the key, or the first one.</summary>
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
        /// <summary>Stands for the items that are in the head.</summary>
        public const long Inline = 0;

        public long Id { get; } = id;

        /// <summary>No item before this key belongs here, except into the first chunk.</summary>
        public TKey First { get; set; } = first;

        public int Count { get; set; }

        public long Earliest { get; set; } = NoTime;

        public ulong Checksum { get; set; }

        public List<TItem>? Items { get; set; }

        public bool IsChanged { get; set; }
    }
}

/// <summary>A run of items of a section.</summary>
/// <param name="Chunk">The chunk to read if the items are missing.</param>
/// <param name="Count">How many items there are.</param>
/// <param name="Items">The items; null if they were not read yet.</param>
internal readonly record struct SectionPart<TItem>(long Chunk, int Count, IReadOnlyList<TItem>? Items);
