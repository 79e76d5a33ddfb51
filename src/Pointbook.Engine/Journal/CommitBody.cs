using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Decodes the body of a commit: its entries in compact form. <c>docs/architecture.md</c> writes the format down.</summary>
/// <remarks>
/// A body is an index and then blocks of <see cref="EntriesPerBlock"/> entries. The index has the lengths of each block and of its texts. A block can be decoded
/// without the others, so that a few entries of a large commit are read without the rest.
/// </remarks>
public static class CommitBody
{
    /// <summary>How many entries a block has; the last one may have fewer.</summary>
    public const int EntriesPerBlock = 256;

    // Two bytes of flags and an amount.
    private const int EntryLengthMin = 3;

    // Two lengths. No body is longer than an array can be, and a block is not longer than its body.
    private const int BlockLengthBytesMax = 10;

    /// <summary>Checks that a body is in a format that this class decodes.</summary>
    /// <param name="format">The format of the commit, as it is stored.</param>
    /// <exception cref="InvalidRowException">It is another format.</exception>
    public static void CheckFormat(int format)
    {
        if (format != CommitSeal.FormatNewest)
        {
            throw new InvalidRowException(
                $"the commit is in format {format}, which this version does not know: it was altered, or a newer version wrote it");
        }
    }

    /// <summary>Finds the entries before a commit that introduced accounts and actors of it. They are needed to decode it.</summary>
    /// <param name="bytes">Body and texts.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <exception cref="InvalidRowException">Nothing writes such a body for these entries.</exception>
    public static IReadOnlyCollection<Sequence> FindReferences(CommitBytes bytes, Sequence first, Sequence last) =>
        ToBlocks(bytes, first, last).FindReferences();

    /// <summary>Decodes a whole commit.</summary>
    /// <param name="bytes">Body and texts.</param>
    /// <param name="first">The commit's first entry.</param>
    /// <param name="last">The commit's last entry.</param>
    /// <param name="names">What <see cref="FindReferences"/> asks for. Gets what the commit introduces.</param>
    /// <exception cref="InvalidRowException">Nothing writes such a body for these entries, or such texts for this body.</exception>
    public static Entry[] Decode(CommitBytes bytes, Sequence first, Sequence last, NameScope names)
    {
        StoredBlocks blocks = ToBlocks(bytes, first, last);
        CommitBodyIndex index = blocks.Index;
        Entry[] entries = new Entry[index.EntryCount];
        int next = 0;
        for (int block = 0; block < index.BlockCount; block++)
        {
            BlockDecoder decoder = new(
                bytes.Body.Span.Slice(index.OffsetOf(block), index.LengthOf(block)),
                bytes.Texts.Span.Slice(index.TextOffsetOf(block), index.TextLengthOf(block)),
                index.EntriesOf(block),
                names);
            for (int count = index.EntriesIn(block); count > 0; count--)
            {
                entries[next++] = decoder.Read();
            }

            decoder.End();
        }

        return entries;
    }

    /// <summary>Reads what entries of a commit introduced, and checks the seal of the commit before.</summary>
    /// <param name="header">The header of the commit.</param>
    /// <param name="bytes">Body and texts.</param>
    /// <param name="entries">Entries of the commit, ascending.</param>
    /// <param name="names">Gets what each introduced.</param>
    /// <exception cref="InvalidRowException">The commit does not match its seal, or nothing writes such a body or such texts.</exception>
    public static void ReadIntroductions(CommitHeader header, CommitBytes bytes, IEnumerable<Sequence> entries, NameScope names)
    {
        ArgumentNullException.ThrowIfNull(header);
        CheckFormat(header.Format);
        if (!CommitSeal.Matches(header, bytes))
        {
            throw new InvalidRowException("it does not match its seal: it was altered");
        }

        ToBlocks(bytes, header.First, header.Last).ReadIntroductions(entries, names);
    }

    private static StoredBlocks ToBlocks(CommitBytes bytes, Sequence first, Sequence last)
    {
        CommitBodyIndex index = CommitBodyIndex.Read(bytes.Body.Span, bytes.Body.Length, bytes.Texts.Length, first, last);
        return new StoredBlocks(index, new EntryRange(first, last), bytes.Body[index.OffsetOf(0)..], bytes.Texts);
    }

    /// <summary>How many bytes the index of a commit has at most.</summary>
    internal static long IndexLengthMax(long blockCount) => blockCount * BlockLengthBytesMax;

    /// <summary>How many entries a body of some length has at most.</summary>
    internal static long EntryCountMax(long bodyLength) => bodyLength / EntryLengthMin;
}
