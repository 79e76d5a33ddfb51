using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Collects entries and heads of operations from blocks of stored commits. Adjacent ranges often share a block, which is read once. Not thread-safe.</summary>
/// <param name="heads">The parts of the operations' heads to collect.</param>
public sealed class EntryCollector(HeadParts heads = HeadParts.None)
{
    private readonly List<OperationHead>? _heads = heads == HeadParts.None ? null : [];
    private readonly List<Entry> _entries = [];
    private StoredBlocks? _last;
    private NameScope _names = new();

    /// <summary>The entries so far, in the order in which they were added.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>The heads of the operations that begin with one of the entries so far.</summary>
    public IReadOnlyList<OperationHead> Heads => _heads ?? [];

    /// <summary>Adds a range if the last read block contains all of it.</summary>
    /// <param name="range">The range.</param>
    /// <param name="resolve">Finds accounts and actors that are needed but not known yet; null if the caller gave all of them with the block.</param>
    /// <returns>Whether the range was added. False if the block is damaged; then the caller, who knows the commit, meets the damage when it reads the block again.</returns>
    public bool TryAdd(EntryRange range, Func<IReadOnlyCollection<Sequence>, NameScope>? resolve = null)
    {
        if (_last is null || range.First < _last.InLastBlock.First || range.Last > _last.InLastBlock.Last)
        {
            return false;
        }

        (int before, int headsBefore) = (_entries.Count, Heads.Count);
        try
        {
            StoredBlocks blocks = _last.LastFor(range);
            if (resolve is not null && blocks.FindReferences().Where(reference => !_names.Contains(reference)).ToArray() is { Length: > 0 } missing)
            {
                _names.AddAll(resolve(missing));
            }

            blocks.Decode(_names, _entries, _heads, heads == HeadParts.All);
            return true;
        }
        catch (InvalidRowException)
        {
            _entries.RemoveRange(before, _entries.Count - before);
            _heads?.RemoveRange(headsBefore, _heads.Count - headsBefore);
            _last = null;
            return false;
        }
    }

    /// <summary>Adds the entries of a range.</summary>
    /// <param name="blocks">The blocks that contain the entries.</param>
    /// <param name="names">The accounts and actors that the blocks need. The method adds those that the entries introduce.</param>
    /// <exception cref="InvalidRowException">The blocks are invalid.</exception>
    public void Add(StoredBlocks blocks, NameScope names)
    {
        ArgumentNullException.ThrowIfNull(blocks);
        _last = null;
        blocks.Decode(names, _entries, _heads, heads == HeadParts.All);
        (_last, _names) = (blocks, names);
    }
}

/// <summary>The parts of operations' heads that a caller needs.</summary>
public enum HeadParts
{
    /// <summary>No heads.</summary>
    None,

    /// <summary>Heads without their sums.</summary>
    WithoutSums,

    /// <summary>Heads with their sums.</summary>
    All,
}
