using Pointbook.Ledger.Entries;

namespace Pointbook.Engine.Journal;

/// <summary>Collects entries out of the blocks of stored commits. Ranges that are next to each other often share a block, which is read once. Not thread-safe.</summary>
public sealed class EntryCollector
{
    private readonly List<Entry> _entries = [];
    private StoredBlocks? _last;
    private NameScope _names = new();

    /// <summary>The entries so far, in the order in which they were added.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Adds a range if the block that was read last has all of it.</summary>
    /// <returns>Whether it was added. If the block is damaged it is not, and the caller, who knows the commit, meets the damage when it reads the block again.</returns>
    public bool TryAdd(EntryRange range)
    {
        if (_last is null || range.First < _last.InLastBlock.First || range.Last > _last.InLastBlock.Last)
        {
            return false;
        }

        int before = _entries.Count;
        try
        {
            _last.LastFor(range).Decode(_names, _entries);
            return true;
        }
        catch (InvalidRowException)
        {
            _entries.RemoveRange(before, _entries.Count - before);
            _last = null;
            return false;
        }
    }

    /// <summary>Adds the entries of a range.</summary>
    /// <param name="blocks">The blocks that have them.</param>
    /// <param name="names">The accounts and actors that the blocks need. Gets those that the entries introduce.</param>
    /// <exception cref="InvalidRowException">Nothing writes such blocks.</exception>
    public void Add(StoredBlocks blocks, NameScope names)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        _last = null;
        blocks.Decode(names, _entries);
        (_last, _names) = (blocks, names);
    }
}
