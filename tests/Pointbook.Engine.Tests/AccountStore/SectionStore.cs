using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.StorageContract.Support;
using SmallSection = Pointbook.Engine.AccountStore.Section<int, Pointbook.Engine.Tests.AccountStore.SmallItem, Pointbook.Engine.Tests.AccountStore.SmallFormat>;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>Keeps one section and a model of it in memory. Each change reads the section again, and only the chunks that the section asks for.</summary>
internal sealed class SectionStore
{
    private readonly SortedDictionary<int, SmallItem> _model = [];
    private byte[] _head = [0];
    private long _nextChunk = 1;

    public SortedDictionary<long, byte[]> Chunks { get; } = [];

    public SmallSection Read()
    {
        ByteReader reader = new(_head);
        SmallSection section = new();
        section.Read(_head, ref reader);
        Assert.Equal(0, reader.Remaining);
        return section;
    }

    /// <param name="changes">The new or changed items, and null for removed ones. Of two changes of one key, the later one counts.</param>
    /// <param name="joins">Whether the section may read more chunks to join them.</param>
    public void Merge((int Key, SmallItem? Item)[] changes, bool joins)
    {
        SmallSection section = Read();
        List<KeyValuePair<int, SmallItem?>> sorted = Sort(changes);
        List<long> needed = [];
        section.Need(sorted.Select(change => change.Key), needed);
        if (joins)
        {
            section.NeedToRestructure(sorted.Count, needed);
        }

        HashSet<long> read = Provide(section, needed);
        section.Merge(sorted, MergeItem);
        UpdateModel(sorted);
        Write(section, read, new AccountUpdate(Given.Account("a"), isNew: false, _nextChunk));
    }

    public void ClearAndMerge((int Key, SmallItem? Item)[] changes)
    {
        SmallSection section = Read();
        AccountUpdate update = new(Given.Account("a"), isNew: false, _nextChunk);
        section.Clear(update);
        Assert.Equal(Chunks.Keys, update.Deleted.Order());
        _model.Clear();
        List<KeyValuePair<int, SmallItem?>> sorted = Sort(changes);
        section.Merge(sorted, MergeItem);
        UpdateModel(sorted);
        Write(section, [.. Chunks.Keys], update);
    }

    public void RemoveDueBy(long through, int countMax)
    {
        SmallSection section = Read();
        List<long> needed = [];
        section.NeedDueBy(through, needed);
        HashSet<long> read = Provide(section, needed);
        int[] marked = [.. _model.Values.Where(item => item.Mark <= through).Take(countMax).Select(item => item.Key)];
        Assert.Equal(marked.Length, section.RemoveDueBy(through, countMax));
        Array.ForEach(marked, key => Assert.True(_model.Remove(key)));
        Write(section, read, new AccountUpdate(Given.Account("a"), isNew: false, _nextChunk));
    }

    /// <summary>Compares the answers of the section to all queries with the model.</summary>
    public void Check()
    {
        SmallSection section = Read();
        Assert.Equal(_model.Count, section.Count);
        Assert.Equal(_model.Values.Min(item => item.Mark) ?? SmallSection.NoTime, section.Earliest);
        Assert.Equal(Chunks.Count, section.ChunkCount);
        Assert.Equal(Chunks.Keys, section.PartsFrom(0, isAfter: false).Where(part => part.Items is null).Select(part => part.Chunk).Order());
        Assert.All(section.PartsFrom(0, isAfter: false), part => Assert.InRange(part.Count, 1, SmallFormat.ChunkItemsMax));
        List<long> needed = [];
        section.NeedAll(needed);
        Provide(section, needed);
        Assert.Equal(Chunks.Keys, needed.Order());
        Assert.Equal(_model.Values, section.All());
        Assert.Equal(_model.Values, section.ToList());
        for (int key = -62; key <= 62; key += 7)
        {
            CheckKey(key);
            CheckDueBy(key);
        }
    }

    private static bool MergeItem(SmallItem item, bool exists, SmallItem? change, out SmallItem combined)
    {
        combined = change ?? item;
        return change is not null;
    }

    private static List<KeyValuePair<int, SmallItem?>> Sort((int Key, SmallItem? Item)[] changes)
    {
        SortedDictionary<int, SmallItem?> sorted = [];
        foreach ((int key, SmallItem? item) in changes)
        {
            sorted[key] = item;
        }

        return [.. sorted];
    }

    private void CheckKey(int key)
    {
        SmallSection section = Read();
        List<long> needed = [];
        section.Need([key], needed);
        Provide(section, needed);
        Assert.InRange(needed.Count, 0, 1);
        Assert.Equal(_model.TryGetValue(key, out SmallItem expected), section.TryFind(key, out SmallItem found));
        Assert.Equal(expected, found);
        section.NeedAll(needed);
        Provide(section, [.. needed.Skip(Math.Min(1, needed.Count)).Where(chunk => chunk != needed[0])]);
        Assert.Equal(
            _model.Values.Where(item => item.Key > key),
            section.PartsFrom(key, isAfter: true).SelectMany(part => part.Items!).Where(item => item.Key > key));
        Assert.Equal(
            _model.Values.Where(item => item.Key <= key),
            section.PartsUpTo(key).SelectMany(part => part.Items!).Where(item => item.Key <= key));
    }

    private void CheckDueBy(long through)
    {
        SmallSection section = Read();
        List<long> needed = [];
        section.NeedDueBy(through, needed);
        Provide(section, needed);
        Assert.Equal(_model.Values.Where(item => item.Mark <= through), section.DueBy(through));
    }

    private HashSet<long> Provide(SmallSection section, IEnumerable<long> needed)
    {
        HashSet<long> provided = [.. needed];
        Assert.All(provided, chunk => Assert.True(section.TryProvide(chunk, Chunks[chunk])));
        return provided;
    }

    private void UpdateModel(List<KeyValuePair<int, SmallItem?>> changes)
    {
        foreach ((int key, SmallItem? item) in changes)
        {
            if (item is { } value)
            {
                _model[key] = value;
            }
            else
            {
                _model.Remove(key);
            }
        }
    }

    private void Write(SmallSection section, HashSet<long> read, AccountUpdate update)
    {
        ByteWriter head = new();
        section.Write(head, update, new ByteWriter());
        _head = head.Written.ToArray();
        foreach (long chunk in update.Deleted)
        {
            Assert.Contains(chunk, read);
            Assert.True(Chunks.Remove(chunk), $"Chunk {chunk} is deleted, but it is not there.");
        }

        foreach (StoredChunk chunk in update.Written)
        {
            Assert.True(read.Contains(chunk.Number) || chunk.Number >= _nextChunk, $"Chunk {chunk.Number} is written, but it was not read.");
            Assert.InRange(chunk.Number, 1, update.NextChunk - 1);
            Assert.DoesNotContain(chunk.Number, update.Deleted);
            Chunks[chunk.Number] = chunk.Bytes.ToArray();
        }

        _nextChunk = update.NextChunk;
    }
}
