using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Collects entries out of the blocks of stored commits. Ranges that are next to each other often share a block, which is decoded once. Not thread-safe.</summary>
public sealed class EntryCollector
{
    private readonly List<Entry> _entries = [];
    private Entry[] _block = [];

    /// <summary>The entries so far, in the order in which they were added.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Adds a range if the block that was decoded last has all of it.</summary>
    public bool TryAdd(EntryRange range)
    {
        if (_block.Length == 0 || range.First < _block[0].Sequence || range.Last > _block[^1].Sequence)
        {
            return false;
        }

        AddOfBlock(range);
        return true;
    }

    /// <summary>Adds the entries of a range.</summary>
    /// <param name="blocks">The bytes of the body from the block with the first entry of the range on.</param>
    /// <param name="index">The index of the body.</param>
    /// <param name="range">Entries of the commit.</param>
    /// <exception cref="InvalidRowException">Nothing writes such blocks.</exception>
    public void Add(ReadOnlySpan<byte> blocks, CommitBodyIndex index, EntryRange range)
    {
        ArgumentNullException.ThrowIfNull(index);
        int from = index.BlockOf(range.First);
        for (int block = from; block <= index.BlockOf(range.Last); block++)
        {
            _block = [];
            _block = CommitBody.DecodeBlock(blocks.Slice(index.OffsetOf(block) - index.OffsetOf(from), index.LengthOf(block)), index, block);
            AddOfBlock(range);
        }
    }

    private void AddOfBlock(EntryRange range)
    {
        Sequence start = _block[0].Sequence;
        int skip = (int)Math.Max(0, range.First.Value - start.Value);
        int end = (int)Math.Min(_block.Length, range.Last.Value - start.Value + 1);
        _entries.AddRange(_block.AsSpan(skip, end - skip));
    }
}
