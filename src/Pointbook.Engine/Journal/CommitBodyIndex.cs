using System.Security.Cryptography;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The places of a commit's blocks in its body, and of their texts. Immutable.</summary>
public sealed class CommitBodyIndex
{
    private readonly byte[] _bytes;
    private readonly int[] _ends;
    private readonly int[] _textEnds;
    private readonly int[] _digests;

    private CommitBodyIndex(Sequence first, int entryCount, byte[] bytes, int[] ends, int[] textEnds, int[] digests) =>
        (First, EntryCount, _bytes, _ends, _textEnds, _digests) = (first, entryCount, bytes, ends, textEnds, digests);

    /// <summary>The commit's first entry.</summary>
    public Sequence First { get; }

    /// <summary>The number of entries in the commit.</summary>
    public int EntryCount { get; }

    /// <summary>The index in its stored and sealed form.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>The number of blocks in the body.</summary>
    public int BlockCount => _ends.Length - 1;

    /// <summary>The number of bytes at the beginning of a body that suffice to read its index.</summary>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <returns>An arbitrary number if the commit cannot have these entries; then <see cref="Read"/> throws.</returns>
    public static long LengthMax(Sequence first, Sequence last) =>
        CommitBody.IndexLengthMax(BlocksOf(Math.Max(1, unchecked(last.Value - first.Value + 1))));

    /// <summary>Reads the index.</summary>
    /// <param name="start">The first <see cref="LengthMax"/> bytes of the body, or all of them if it is shorter.</param>
    /// <param name="bodyLength">The length of the body in bytes.</param>
    /// <param name="textsLength">The length of the commit's texts in bytes.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <exception cref="InvalidRowException">The body is invalid for these entries.</exception>
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
        int[] digests = new int[ends.Length - 1];
        for (int block = 1; block < ends.Length; block++)
        {
            ends[block] = ReadEnd(ref reader, ends[block - 1], bodyLength);
            textEnds[block] = ReadEnd(ref reader, textEnds[block - 1], textsLength);
            digests[block - 1] = reader.Position;
            _ = reader.ReadBytes(Digest.Length);
        }

        for (int block = 0; block < ends.Length; block++)
        {
            ends[block] += reader.Position;
        }

        return ends[^1] != bodyLength ? throw reader.Invalid($"its blocks end at byte {ends[^1]}, and it has {bodyLength}")
            : textEnds[^1] != textsLength ? throw reader.Invalid($"its texts end at byte {textEnds[^1]}, and there are {textsLength}")
            : new CommitBodyIndex(first, (int)entryCount, start[..reader.Position].ToArray(), ends, textEnds, digests);
    }

    /// <summary>Returns the block that contains an entry of the commit.</summary>
    public int BlockOf(Sequence entry) => (int)((entry.Value - First.Value) / CommitBody.EntriesPerBlock);

    /// <summary>Returns the place of the blocks that contain the entries of a range.</summary>
    /// <returns>The place of the first byte in the body, and the place after the last byte.</returns>
    public (int Offset, int End) BytesOf(EntryRange range) => (OffsetOf(BlockOf(range.First)), _ends[BlockOf(range.Last) + 1]);

    /// <summary>Returns the place of the texts of these blocks.</summary>
    /// <returns>The place of the first byte in the texts, and the place after the last byte.</returns>
    public (int Offset, int End) TextBytesOf(EntryRange range) => (TextOffsetOf(BlockOf(range.First)), _textEnds[BlockOf(range.Last) + 1]);

    /// <summary>The place of the first byte of a block's texts.</summary>
    public int TextOffsetOf(int block) => _textEnds[block];

    /// <summary>The length of a block's texts in bytes.</summary>
    public int TextLengthOf(int block) => _textEnds[block + 1] - _textEnds[block];

    /// <summary>The place of a block's first byte in the body.</summary>
    public int OffsetOf(int block) => _ends[block];

    /// <summary>The length of a block in bytes.</summary>
    public int LengthOf(int block) => _ends[block + 1] - _ends[block];

    /// <summary>Whether the bytes of a block match its digest.</summary>
    public bool Matches(int block, ReadOnlySpan<byte> bytes)
    {
        Span<byte> digest = stackalloc byte[Digest.Length];
        SHA256.HashData(bytes, digest);
        return digest.SequenceEqual(_bytes.AsSpan(_digests[block], Digest.Length));
    }

    /// <summary>The entries of a block.</summary>
    public EntryRange EntriesOf(int block)
    {
        Sequence first = First.Plus((long)block * CommitBody.EntriesPerBlock);
        return new EntryRange(first, first.Plus(EntriesIn(block) - 1));
    }

    /// <summary>The number of entries in a block.</summary>
    public int EntriesIn(int block) => Math.Min(CommitBody.EntriesPerBlock, EntryCount - (block * CommitBody.EntriesPerBlock));

    private static int ReadEnd(ref ByteReader reader, int start, int endMax)
    {
        int length = reader.ReadCount(endMax);
        return length <= endMax - start ? start + length : throw reader.Invalid("its blocks are longer than it is");
    }

    private static long BlocksOf(long entryCount) => ((entryCount - 1) / CommitBody.EntriesPerBlock) + 1;
}
