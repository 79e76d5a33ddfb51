using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Collects entries out of the blocks of stored commits. Ranges that are next to each other often share a block, which is read once. Not thread-safe.</summary>
public sealed class EntryCollector
{
    private readonly List<Entry> _entries = [];
    private byte[] _block = [];
    private EntryRange _inBlock;

    /// <summary>The entries so far, in the order in which they were added.</summary>
    public IReadOnlyList<Entry> Entries => _entries;

    /// <summary>Adds a range if the block that was read last has all of it.</summary>
    /// <returns>Whether it was added. If the block is damaged it is not, and the caller, who knows the commit, meets the damage when it reads the block again.</returns>
    public bool TryAdd(EntryRange range)
    {
        if (_block.Length == 0 || range.First < _inBlock.First || range.Last > _inBlock.Last)
        {
            return false;
        }

        int before = _entries.Count;
        try
        {
            AddOfBlock(_block, range);
            return true;
        }
        catch (InvalidRowException)
        {
            _entries.RemoveRange(before, _entries.Count - before);
            _block = [];
            return false;
        }
    }

    /// <summary>Adds the entries of a range.</summary>
    /// <param name="blocks">The bytes of the body from the block with the first entry of the range on.</param>
    /// <param name="index">The index of the body.</param>
    /// <param name="range">Entries of the commit.</param>
    /// <exception cref="InvalidRowException">Nothing writes such blocks.</exception>
    public void Add(ReadOnlySpan<byte> blocks, CommitBodyIndex index, EntryRange range)
    {
        ArgumentNullException.ThrowIfNull(index);
        (int from, int to) = (index.BlockOf(range.First), index.BlockOf(range.Last));
        _block = [];
        for (int block = from; block <= to; block++)
        {
            ReadOnlySpan<byte> bytes = blocks.Slice(index.OffsetOf(block) - index.OffsetOf(from), index.LengthOf(block));
            _inBlock = index.EntriesOf(block);
            AddOfBlock(bytes, range);
            if (block == to)
            {
                _block = bytes.ToArray();
            }
        }
    }

    private void AddOfBlock(ReadOnlySpan<byte> block, EntryRange range)
    {
        BlockDecoder decoder = new(block, _inBlock);
        Sequence last = range.Last < _inBlock.Last ? range.Last : _inBlock.Last;
        for (Sequence next = _inBlock.First; next <= last; next = next.Next)
        {
            if (next < range.First)
            {
                decoder.Skip();
            }
            else
            {
                _entries.Add(decoder.Read());
            }
        }
    }
}
