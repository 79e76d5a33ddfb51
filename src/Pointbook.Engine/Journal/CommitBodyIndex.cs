using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Where the blocks of a commit's body stand, and their texts. Immutable.</summary>
public sealed class CommitBodyIndex
{
    private readonly int[] _ends;
    private readonly int[] _textEnds;

    private CommitBodyIndex(Sequence first, int entryCount, int[] ends, int[] textEnds) =>
        (First, EntryCount, _ends, _textEnds) = (first, entryCount, ends, textEnds);

    /// <summary>The commit's first entry.</summary>
    public Sequence First { get; }

    /// <summary>How many entries the commit has.</summary>
    public int EntryCount { get; }

    /// <summary>How many blocks the body has.</summary>
    public int BlockCount => _ends.Length - 1;

    /// <summary>How many bytes at the beginning of a body are enough to read its index.</summary>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <returns>Any number if the commit can't have these entries; <see cref="Read"/> says so.</returns>
    public static long LengthMax(Sequence first, Sequence last) =>
        CommitBody.IndexLengthMax(BlocksOf(Math.Max(1, unchecked(last.Value - first.Value + 1))));

    /// <summary>Reads the index.</summary>
    /// <param name="start">The first bytes of the body, <see cref="LengthMax"/> or all there are.</param>
    /// <param name="bodyLength">How many bytes the body has.</param>
    /// <param name="textsLength">How many bytes the texts of the commit have.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <exception cref="InvalidRowException">Nothing writes such a body for these entries.</exception>
    public static CommitBodyIndex Read(ReadOnlySpan<byte> start, int bodyLength, int textsLength, Sequence first, Sequence last)
    {
        long entryCount = unchecked(last.Value - first.Value + 1);
        if (first <= Sequence.Zero || last.Value == long.MaxValue || entryCount <= 0 || entryCount > CommitBody.EntryCountMax(bodyLength))
        {
            throw new InvalidRowException("the commit does not have these entries");
        }

        ByteReader reader = new(start);
        int[] ends = new int[BlocksOf(entryCount) + 1];
        int[] textEnds = new int[ends.Length];
        for (int block = 1; block < ends.Length; block++)
        {
            ends[block] = ReadEnd(ref reader, ends[block - 1], bodyLength);
            textEnds[block] = ReadEnd(ref reader, textEnds[block - 1], textsLength);
        }

        for (int block = 0; block < ends.Length; block++)
        {
            ends[block] += reader.Position;
        }

        return ends[^1] != bodyLength ? throw reader.Invalid($"its blocks end at byte {ends[^1]}, and it has {bodyLength}")
            : textEnds[^1] != textsLength ? throw reader.Invalid($"its texts end at byte {textEnds[^1]}, and there are {textsLength}")
            : new CommitBodyIndex(first, (int)entryCount, ends, textEnds);
    }

    /// <summary>The block that has an entry of the commit.</summary>
    public int BlockOf(Sequence entry) => (int)((entry.Value - First.Value) / CommitBody.EntriesPerBlock);

    /// <summary>Where the blocks stand that have the entries of a range.</summary>
    /// <returns>The place of the first byte in the body, and the place behind the last one.</returns>
    public (int Offset, int End) BytesOf(EntryRange range) => (OffsetOf(BlockOf(range.First)), _ends[BlockOf(range.Last) + 1]);

    /// <summary>Where the texts of these blocks stand.</summary>
    /// <returns>The place of the first byte in the texts, and the place behind the last one.</returns>
    public (int Offset, int End) TextBytesOf(EntryRange range) => (TextOffsetOf(BlockOf(range.First)), _textEnds[BlockOf(range.Last) + 1]);

    /// <summary>The place of the first byte of a block's texts.</summary>
    public int TextOffsetOf(int block) => _textEnds[block];

    /// <summary>How many bytes the texts of a block have.</summary>
    public int TextLengthOf(int block) => _textEnds[block + 1] - _textEnds[block];

    /// <summary>The place of a block's first byte in the body.</summary>
    public int OffsetOf(int block) => _ends[block];

    /// <summary>How many bytes a block has.</summary>
    public int LengthOf(int block) => _ends[block + 1] - _ends[block];

    /// <summary>The entries that a block has.</summary>
    public EntryRange EntriesOf(int block)
    {
        Sequence first = First.Plus((long)block * CommitBody.EntriesPerBlock);
        return new EntryRange(first, first.Plus(EntriesIn(block) - 1));
    }

    /// <summary>How many entries a block has.</summary>
    public int EntriesIn(int block) => Math.Min(CommitBody.EntriesPerBlock, EntryCount - (block * CommitBody.EntriesPerBlock));

    private static int ReadEnd(ref ByteReader reader, int start, int endMax)
    {
        int length = reader.ReadCount(endMax);
        return length <= endMax - start ? start + length : throw reader.Invalid("its blocks are longer than it is");
    }

    private static long BlocksOf(long entryCount) => ((entryCount - 1) / CommitBody.EntriesPerBlock) + 1;
}
