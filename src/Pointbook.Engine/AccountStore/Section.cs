using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace Pointbook.Engine.AccountStore;

/// <summary>One sorted collection of an account's snapshot, such as its lots. Not thread-safe.</summary>
/// <remarks>
/// A short section is part of the snapshot's head. A longer one is a list of chunks, each of which is stored in a row of its own. The head
/// has the checksum of every chunk, so a chunk that is missing, altered, older or of another account is found when it is read. Chunks are
/// read only where they are needed, and only those that changed are written.
/// </remarks>
internal sealed class Section<TKey, TItem, TFormat>
    where TKey : IComparable<TKey>
    where TFormat : ISectionFormat<TKey, TItem>
{
    /// <summary>Stands for an item that never needs attention.</summary>
    public const long NoMark = long.MaxValue;

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

    /// <summary>The earliest mark of the items; <see cref="NoMark"/> if there is none.</summary>
    public long Mark { get; private set; } = NoMark;

    /// <summary>How many chunks there are; 0 while the items are in the head.</summary>
    public int ChunkCount => IsInline ? 0 : _chunks.Count;

    private bool IsInline => _chunks.Count == 0 || _chunks[0].Id == Chunk.Inline;

    /// <summary>Combines an item with a change of it.</summary>
    /// <param name="item">The item; the default value if there is none.</param>
    /// <param name="exists">Whether there is one.</param>
    /// <param name="change">The change.</param>
    /// <param name="combined">The item afterwards.</param>
    /// <returns>Whether there is an item afterwards.</returns>
    public delegate bool Combine<TChange>(TItem item, bool exists, TChange change, out TItem combined);

    /// <summary>Reads a section out of a head.</summary>
    /// <param name="head">The whole head, of which the section keeps a part.</param>
    /// <param name="reader">Stands at the section.</param>
    public static Section<TKey, TItem, TFormat> Read(ReadOnlyMemory<byte> head, ref ByteReader reader)
    {
        Section<TKey, TItem, TFormat> section = new();
        section.Count = reader.ReadCount(int.MaxValue);
        if (section.Count == 0)
        {
            return section;
        }

        section.Mark = ReadMark(ref reader);
        int chunks = reader.ReadCount(reader.Remaining);
        if (chunks > 0)
        {
            section.ReadChunks(chunks, ref reader);
            return section;
        }

        int length = reader.ReadCount(reader.Remaining);
        section._inline = head.Slice(reader.Position, length);
        _ = reader.ReadBytes(length);
        section._chunks.Add(new Chunk(Chunk.Inline, default!) { Count = section.Count, Mark = section.Mark });
        return section;
    }

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

    /// <summary>Adds the chunks with items that are marked for an instant or an earlier one.</summary>
    public void NeedMarked(long through, ICollection<long> needed)
    {
        foreach (Chunk chunk in _chunks.Where(chunk => chunk.Mark <= through))
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
                _places[_chunks[index].Id] = index;
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
        return true;
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

    /// <summary>The items that are marked for an instant or an earlier one. Their chunks must have been read.</summary>
    public IEnumerable<TItem> Marked(long through) =>
        _chunks.Where(chunk => chunk.Mark <= through).SelectMany(ItemsOf).Where(item => TFormat.MarkOf(item) <= through);

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

    /// <summary>Removes all items.</summary>
    public void Clear(AccountUpdate update)
    {
        foreach (Chunk chunk in _chunks)
        {
            Delete(chunk, update);
        }

        _isChanged |= _chunks.Count > 0;
        _chunks.Clear();
        (_inline, _places, Count, Mark) = (default, null, 0, NoMark);
    }

    /// <summary>Changes items. The chunks of their keys must have been read.</summary>
    /// <param name="changes">The changes in the order of their keys, one for each key.</param>
    /// <param name="combine">What a change does.</param>
    public void Merge<TChange>(IReadOnlyList<KeyValuePair<TKey, TChange>> changes, Combine<TChange> combine)
    {
        if (changes.Count == 0)
        {
            return;
        }

        if (_chunks.Count == 0)
        {
            _chunks.Add(new Chunk(Chunk.Inline, default!) { Items = [] });
        }

        _isChanged = true;
        int next = 0;
        while (next < changes.Count)
        {
            int at = IsInline ? 0 : ChunkFor(changes[next].Key);
            int end = at == _chunks.Count - 1 ? changes.Count : EndOf(changes, next, _chunks[at + 1].First);
            Chunk chunk = _chunks[at];
            if (!IsInline && next == 0 && changes[0].Key.CompareTo(chunk.First) < 0)
            {
                chunk.First = changes[0].Key;
            }

            if (chunk.Id == Chunk.Inline)
            {
                (List<TItem> stored, List<TItem> merged) = _scratch ??= ([], []);
                Merge(chunk.Items ?? Decode(_inline.Span, chunk.Count, stored), changes, next, end, combine, merged);
                chunk.Items = merged;
            }
            else
            {
                List<TItem> items = ItemsOf(chunk);
                chunk.Items = new List<TItem>(items.Count + end - next);
                Merge(items, changes, next, end, combine, chunk.Items);
            }

            chunk.IsChanged = true;
            next = end;
        }
    }

    /// <summary>Removes items that are marked for an instant or an earlier one, in the order of their chunks. These must have been read.</summary>
    /// <returns>How many were removed.</returns>
    public int RemoveMarked(long through, int countMax)
    {
        int removed = 0;
        foreach (Chunk chunk in _chunks.Where(chunk => chunk.Mark <= through))
        {
            if (removed == countMax)
            {
                break;
            }

            removed += RemoveMarked(ItemsOf(chunk), through, countMax - removed);
            chunk.IsChanged = true;
            _isChanged = true;
        }

        return removed;
    }

    /// <summary>Writes the section into a head, and its changed chunks into an update.</summary>
    /// <param name="head">The head.</param>
    /// <param name="update">What is to be stored.</param>
    /// <param name="buffer">For the bytes of a chunk.</param>
    public void Write(ByteWriter head, AccountUpdate update, ByteWriter buffer)
    {
        if (_isChanged)
        {
            Restructure(update);
        }

        head.WriteVarint((ulong)Count);
        if (Count == 0)
        {
            return;
        }

        WriteMark(head, Mark);
        if (IsInline)
        {
            WriteInline(head, buffer);
            return;
        }

        head.WriteVarint((ulong)_chunks.Count);
        foreach (Chunk chunk in _chunks)
        {
            WriteChunk(chunk, head, update, buffer);
        }
    }

    private bool IsScattered => _chunks.Count > ChunksBeyondIdeal + (ChunksPerIdealMax * (Count / TFormat.ChunkItemsMax));

    private static ulong ChecksumOf(long id, ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes, id);

    private static List<TItem> Decode(ReadOnlySpan<byte> bytes, int count, List<TItem>? items = null)
    {
        ByteReader reader = new(bytes);
        items ??= new List<TItem>(Math.Min(count, bytes.Length));
        items.Clear();
        TFormat.ReadItems(ref reader, count, items);
        return reader.Remaining == 0 ? items : throw reader.Invalid("there are more bytes than items");
    }

    private static long ReadMark(ref ByteReader reader) => reader.ReadByte() switch
    {
        0 => NoMark,
        1 => reader.ReadSigned(),
        _ => throw reader.Invalid("a mark is neither there nor missing"),
    };

    private static void WriteMark(ByteWriter writer, long mark)
    {
        writer.WriteByte(mark == NoMark ? (byte)0 : (byte)1);
        if (mark != NoMark)
        {
            writer.WriteSigned(mark);
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

    private static int RemoveMarked(List<TItem> items, long through, int countMax)
    {
        int removed = 0;
        return items.RemoveAll(item => removed < countMax && TFormat.MarkOf(item) <= through && ++removed > 0);
    }

    private static int EndOf<TChange>(IReadOnlyList<KeyValuePair<TKey, TChange>> changes, int from, TKey end)
    {
        while (from < changes.Count && changes[from].Key.CompareTo(end) < 0)
        {
            from++;
        }

        return from;
    }

    private static void Merge<TChange>(
        List<TItem> items, IReadOnlyList<KeyValuePair<TKey, TChange>> changes, int from, int end, Combine<TChange> combine, List<TItem> merged)
    {
        merged.Clear();
        int index = 0;
        for (int change = from; change < end; change++)
        {
            TKey key = changes[change].Key;
            int place = IndexOf(items, key);
            bool exists = place >= 0;
            int through = exists ? place : ~place;
            merged.AddRange(CollectionsMarshal.AsSpan(items)[index..through]);
            index = exists ? through + 1 : through;
            if (combine(exists ? items[place] : default!, exists, changes[change].Value, out TItem combined))
            {
                Debug.Assert(TFormat.KeyOf(combined).CompareTo(key) == 0, "A change does not move an item.");
                merged.Add(combined);
            }
        }

        merged.AddRange(CollectionsMarshal.AsSpan(items)[index..]);
    }

    private void ReadChunks(int count, ref ByteReader reader)
    {
        long items = 0;
        for (int index = 0; index < count; index++)
        {
            long id = reader.ReadNumber();
            int length = reader.ReadCount(TFormat.ChunkItemsMax);
            long mark = ReadMark(ref reader);
            TKey first = TFormat.ReadKey(ref reader);
            ulong checksum = BinaryPrimitives.ReadUInt64LittleEndian(reader.ReadBytes(sizeof(ulong)));
            _chunks.Add(new Chunk(id, first) { Count = length, Mark = mark, Checksum = checksum });
            items += length;
        }

        if (items != Count)
        {
            throw reader.Invalid($"{Count} items are in chunks with {items}");
        }
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

    /// <summary>Splits, joins and drops chunks as the changes demand, and counts the items again.</summary>
    private void Restructure(AccountUpdate update)
    {
        if (IsInline && _chunks is [{ Items: { Count: > 0 } only } single] && only.Count <= TFormat.InlineItemsMax)
        {
            (Count, Mark) = (only.Count, MarkOf(only));
            (single.Count, single.Mark) = (Count, Mark);
            return;
        }

        int total = _chunks.Sum(chunk => chunk.Items?.Count ?? chunk.Count);
        bool hasAll = _chunks.TrueForAll(HasItems);
        if (total == 0)
        {
            Clear(update);
            return;
        }

        Count = total;
        if (hasAll && (total <= TFormat.InlineItemsMax || IsInline || IsScattered))
        {
            List<TItem> items = ToList();
            _chunks.ForEach(chunk => Delete(chunk, update));
            _chunks.Clear();
            if (total <= TFormat.InlineItemsMax)
            {
                _chunks.Add(new Chunk(Chunk.Inline, default!) { Items = items, IsChanged = true });
            }
            else
            {
                _chunks.AddRange(Split(items, update, isLast: true));
                // Very many items may have come, and so much memory is not to be held for ever.
                _scratch = null;
            }
        }
        else
        {
            SplitChanged(update);
        }

        _places = null;
        foreach (Chunk chunk in _chunks.Where(chunk => chunk.IsChanged))
        {
            chunk.Count = chunk.Items!.Count;
            chunk.Mark = MarkOf(chunk.Items);
        }

        Mark = _chunks.Min(chunk => chunk.Mark);
    }

    private static long MarkOf(List<TItem> items)
    {
        long mark = NoMark;
        foreach (TItem item in items)
        {
            mark = Math.Min(mark, TFormat.MarkOf(item));
        }

        return mark;
    }

    private void SplitChanged(AccountUpdate update)
    {
        for (int index = _chunks.Count - 1; index >= 0; index--)
        {
            Chunk chunk = _chunks[index];
            if (!chunk.IsChanged || chunk.Items!.Count is > 0 && chunk.Items.Count <= TFormat.ChunkItemsMax)
            {
                continue;
            }

            _chunks.RemoveAt(index);
            Delete(chunk, update);
            if (chunk.Items.Count > 0)
            {
                List<Chunk> pieces = Split(chunk.Items, update, isLast: index == _chunks.Count);
                // The range of the chunk stays covered from where it began.
                pieces[0].First = chunk.First;
                _chunks.InsertRange(index, pieces);
            }
        }
    }

    /// <summary>Makes chunks of items: full ones where items are added at the end, and otherwise ones with room.</summary>
    private static List<Chunk> Split(List<TItem> items, AccountUpdate update, bool isLast)
    {
        int most = isLast ? TFormat.ChunkItemsMax : TFormat.ChunkItemsMax * 3 / 4;
        int pieces = (items.Count + most - 1) / most;
        List<Chunk> chunks = new(pieces);
        for (int start = 0; start < items.Count;)
        {
            int length = isLast ? Math.Min(most, items.Count - start) : (items.Count - start + pieces - 1) / pieces--;
            chunks.Add(new Chunk(update.NextChunk++, TFormat.KeyOf(items[start])) { Items = items.GetRange(start, length), IsChanged = true });
            start += length;
        }

        return chunks;
    }

    private static void Delete(Chunk chunk, AccountUpdate update)
    {
        if (chunk.Id != Chunk.Inline)
        {
            update.Delete(chunk.Id);
        }
    }

    private void WriteInline(ByteWriter head, ByteWriter buffer)
    {
        head.WriteVarint(0);
        if (!_isChanged)
        {
            head.WriteVarint((ulong)_inline.Length);
            head.WriteBytes(_inline.Span);
            return;
        }

        buffer.Clear();
        TFormat.WriteItems(buffer, _chunks[0].Items!);
        head.WriteVarint((ulong)buffer.Length);
        head.WriteBytes(buffer.Written);
    }

    private static void WriteChunk(Chunk chunk, ByteWriter head, AccountUpdate update, ByteWriter buffer)
    {
        if (chunk.IsChanged)
        {
            buffer.Clear();
            TFormat.WriteItems(buffer, chunk.Items!);
            chunk.Checksum = ChecksumOf(chunk.Id, buffer.Written);
            update.Write(chunk.Id, buffer.Written.ToArray());
            chunk.IsChanged = false;
        }

        head.WriteVarint((ulong)chunk.Id);
        head.WriteVarint((ulong)chunk.Count);
        WriteMark(head, chunk.Mark);
        TFormat.WriteKey(head, chunk.First);
        BinaryPrimitives.WriteUInt64LittleEndian(head.Take(sizeof(ulong)), chunk.Checksum);
    }

    private sealed class Chunk(long id, TKey first)
    {
        /// <summary>Stands for the items that are in the head.</summary>
        public const long Inline = 0;

        public long Id { get; } = id;

        /// <summary>No item before this key belongs here, except into the first chunk.</summary>
        public TKey First { get; set; } = first;

        public int Count { get; set; }

        public long Mark { get; set; } = NoMark;

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
