using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Pointbook.Engine.AccountStore;

/// <content>Changes of items, and the splitting and joining of chunks.</content>
internal sealed partial class Section<TKey, TItem, TFormat>
{
    /// <summary>Applies a change to an item.</summary>
    /// <param name="item">The item; the default value if there is none.</param>
    /// <param name="exists">Whether the item exists.</param>
    /// <param name="change">The change.</param>
    /// <param name="combined">The item after the change.</param>
    /// <returns>Whether the item exists after the change.</returns>
    public delegate bool Combine<TChange>(TItem item, bool exists, TChange change, out TItem combined);

    private bool IsScattered => _chunks.Count > ChunksBeyondIdeal + (ChunksPerIdealMax * (Count / TFormat.ChunkItemsMax));

    /// <summary>Removes all items.</summary>
    public void Clear(AccountUpdate update)
    {
        _isChanged |= _chunks.Count > 0;
        DeleteAll(update);
        (_inline, _places, Count, Earliest) = (default, null, 0, NoTime);
    }

    /// <summary>Changes items. The caller must have provided the chunks of their keys.</summary>
    /// <param name="changes">The changes in the order of their keys, one for each key.</param>
    /// <param name="combine">Applies a change to an item.</param>
    public void Merge<TChange>(IReadOnlyList<KeyValuePair<TKey, TChange>> changes, Combine<TChange> combine)
    {
        if (changes.Count == 0)
        {
            return;
        }

        if (_chunks.Count == 0)
        {
            AddInline([]);
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

    /// <summary>Removes items with a time up to an instant, in the order of their chunks. The caller must have provided these chunks.</summary>
    /// <returns>The number of removed items.</returns>
    public int RemoveDueBy(long through, int countMax)
    {
        int removed = 0;
        foreach (Chunk chunk in _chunks.Where(chunk => chunk.Earliest <= through))
        {
            if (removed == countMax)
            {
                break;
            }

            removed += RemoveDueBy(ItemsOf(chunk), through, countMax - removed);
            chunk.IsChanged = true;
            _isChanged = true;
        }

        return removed;
    }

    private static int RemoveDueBy(List<TItem> items, long through, int countMax)
    {
        int removed = 0;
        return items.RemoveAll(item => removed < countMax && TFormat.TimeOf(item) <= through && ++removed > 0);
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

    /// <summary>Splits, joins and deletes chunks as the changes require, and counts the items again.</summary>
    private void Restructure(AccountUpdate update)
    {
        if (IsInline && _chunks is [{ Items: { Count: > 0 } only } single] && only.Count <= TFormat.InlineItemsMax)
        {
            (Count, Earliest) = (only.Count, EarliestOf(only));
            (single.Count, single.Earliest) = (Count, Earliest);
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
            DeleteAll(update);
            if (total <= TFormat.InlineItemsMax)
            {
                AddInline(items).IsChanged = true;
            }
            else
            {
                _chunks.AddRange(Split(items, update, isLast: true));
                // The lists may have become very large, and must not hold so much memory for ever.
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
            chunk.Earliest = EarliestOf(chunk.Items);
        }

        Earliest = _chunks.Min(chunk => chunk.Earliest);
    }

    private static long EarliestOf(List<TItem> items)
    {
        long time = NoTime;
        foreach (TItem item in items)
        {
            time = Math.Min(time, TFormat.TimeOf(item));
        }

        return time;
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
                // The first piece still covers the range from the beginning of the chunk.
                pieces[0].First = chunk.First;
                _chunks.InsertRange(index, pieces);
            }
        }
    }

    /// <summary>Creates chunks of items: full ones at the end of the section, where items are added, and otherwise ones with room.</summary>
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

    private void DeleteAll(AccountUpdate update)
    {
        foreach (Chunk chunk in _chunks)
        {
            Delete(chunk, update);
        }

        ForgetChunks();
    }

    private void ForgetChunks()
    {
        _chunks.Clear();
        if (_inlineChunk is not null)
        {
            // The items may be very many, and the section may be used for accounts without any.
            _inlineChunk.Items = null;
        }
    }

    private static void Delete(Chunk chunk, AccountUpdate update)
    {
        if (chunk.Id != Chunk.Inline)
        {
            update.Delete(chunk.Id);
        }
    }
}
