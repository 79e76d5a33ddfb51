using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Decodes the body of a commit: its entries in compact form. <c>docs/architecture.md</c> specifies the format.</summary>
/// <remarks>
/// A body is an index, followed by blocks of <see cref="EntriesPerBlock"/> entries. The index contains the lengths of each block and of its texts, and the digest of the block.
/// A reader can check and decode a block without the others. So it can read a few entries of a large commit without the rest.
/// </remarks>
public static class CommitBody
{
    /// <summary>The number of entries in a block; the last block may have fewer.</summary>
    public const int EntriesPerBlock = 256;

    // Two bytes of flags and an amount.
    private const int EntryLengthMin = 3;

    // Two lengths and a digest. No body is longer than an array can be, and no block is longer than its body.
    private const int BlockIndexLengthMax = 10 + Digest.Length;

    /// <summary>Checks that this class can decode the format of a body.</summary>
    /// <param name="format">The stored format of the commit.</param>
    /// <exception cref="InvalidRowException">The format is not supported.</exception>
    public static void CheckFormat(int format)
    {
        if (format != CommitSeal.FormatNewest)
        {
            throw new InvalidRowException(
                $"the commit has format {format}, which this version does not support: it was altered, or a newer version wrote it");
        }
    }

    /// <summary>Finds the entries before a commit that introduced its accounts and actors. A decoder needs them.</summary>
    /// <param name="bytes">Body and texts.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <exception cref="InvalidRowException">The body is invalid for these entries.</exception>
    public static IReadOnlyCollection<Sequence> FindReferences(CommitBytes bytes, Sequence first, Sequence last) =>
        ToBlocks(bytes, first, last).FindReferences();

    /// <summary>Decodes a whole commit.</summary>
    /// <param name="bytes">Body and texts.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <param name="names">The names that <see cref="FindReferences"/> requires. The method adds what the commit introduces.</param>
    /// <exception cref="InvalidRowException">The body is invalid for these entries, or the texts do not belong to it.</exception>
    public static Entry[] Decode(CommitBytes bytes, Sequence first, Sequence last, NameScope names)
    {
        StoredBlocks blocks = ToBlocks(bytes, first, last);
        CommitBodyIndex index = blocks.Index;
        Entry[] entries = new Entry[index.EntryCount];
        int next = 0;
        HeadCheck operations = new();
        for (int block = 0; block < index.BlockCount; block++)
        {
            BlockDecoder decoder = new(
                bytes.Body.Span.Slice(index.OffsetOf(block), index.LengthOf(block)),
                bytes.Texts.Span.Slice(index.TextOffsetOf(block), index.TextLengthOf(block)),
                index.EntriesOf(block),
                names);
            for (int count = index.EntriesIn(block); count > 0; count--)
            {
                Entry entry = decoder.Read();
                operations.Add(entry, entry.IsFirst ? decoder.ToHead(entry, default, withSums: true) : null);
                entries[next++] = entry;
            }

            decoder.End();
        }

        operations.End();
        return entries;
    }

    /// <summary>Finds the texts of a commit's entries, without their content.</summary>
    /// <param name="header">The header.</param>
    /// <param name="bytes">Body and texts.</param>
    /// <returns>Each entry in order, with the texts of its account.</returns>
    /// <exception cref="InvalidRowException">The body is invalid for these entries.</exception>
    internal static List<(EntryOutline Entry, IReadOnlyList<CommitText> Texts)> ReadTexts(CommitHeader header, CommitBytes bytes)
    {
        CommitBodyIndex index = ToBlocks(header, bytes).Index;
        List<(EntryOutline Entry, IReadOnlyList<CommitText> Texts)> entries = new(index.EntryCount);
        NameScope names = new();
        for (int block = 0; block < index.BlockCount; block++)
        {
            int offset = index.TextOffsetOf(block);
            BlockDecoder decoder = new(
                bytes.Body.Span.Slice(index.OffsetOf(block), index.LengthOf(block)),
                bytes.Texts.Span.Slice(offset, index.TextLengthOf(block)),
                index.EntriesOf(block),
                names);
            for (int count = index.EntriesIn(block); count > 0; count--)
            {
                entries.Add(decoder.ReadTexts(offset));
            }
        }

        return entries;
    }

    /// <summary>Checks that some blocks of a stored commit and its header match its seal.</summary>
    /// <exception cref="InvalidRowException">They do not match.</exception>
    public static void Check(CommitHeader header, StoredBlocks blocks)
    {
        if (!CommitSeal.Matches(header, blocks))
        {
            throw new InvalidRowException("it does not match its seal: it was altered");
        }
    }

    /// <summary>Returns all blocks of a stored commit.</summary>
    /// <exception cref="InvalidRowException">The body is invalid for these entries.</exception>
    internal static StoredBlocks ToBlocks(CommitHeader header, CommitBytes bytes) => ToBlocks(bytes, header.First, header.Last) with { Time = header.Time };

    private static StoredBlocks ToBlocks(CommitBytes bytes, Sequence first, Sequence last)
    {
        CommitBodyIndex index = CommitBodyIndex.Read(bytes.Body.Span, bytes.Body.Length, bytes.Texts.Length, first, last);
        return new StoredBlocks(default, index, new EntryRange(first, last), bytes.Body[index.OffsetOf(0)..], bytes.Texts);
    }

    /// <summary>The maximum length of a commit's index in bytes.</summary>
    internal static long IndexLengthMax(long blockCount) => blockCount * BlockIndexLengthMax;

    /// <summary>The maximum number of entries in a body of a given length.</summary>
    internal static long EntryCountMax(long bodyLength) => bodyLength / EntryLengthMin;
}
