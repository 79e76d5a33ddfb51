using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Consecutive blocks of a stored commit, with their texts. Immutable.</summary>
/// <param name="Time">The times of the commit.</param>
/// <param name="Index">The index of the commit's body.</param>
/// <param name="Range">The requested entries. The first block contains the first of them, and the last block the last.</param>
/// <param name="Blocks">The bytes of the blocks.</param>
/// <param name="Texts">The texts of the blocks.</param>
public sealed record StoredBlocks(CommitTime Time, CommitBodyIndex Index, EntryRange Range, ReadOnlyMemory<byte> Blocks, ReadOnlyMemory<byte> Texts)
{
    /// <summary>The entries of the last of these blocks.</summary>
    public EntryRange InLastBlock => Index.EntriesOf(LastBlock);

    private int FirstBlock => Index.BlockOf(Range.First);

    private int LastBlock => Index.BlockOf(Range.Last);

    /// <summary>The entries before the requested ones that introduced accounts and actors of these blocks. A decoder needs them.</summary>
    /// <exception cref="InvalidRowException">The blocks are invalid.</exception>
    public IReadOnlyCollection<Sequence> FindReferences()
    {
        HashSet<Sequence> references = [];
        for (int block = FirstBlock; block <= LastBlock; block++)
        {
            BlockDecoder decoder = Decoder(block, new NameScope());
            EntryRange own = Index.EntriesOf(block);
            if (Range.First <= own.First && Range.Last >= own.Last)
            {
                decoder.AddReferences(Range.First, references);
                continue;
            }

            // Very many accounts may have entries in the block outside the range.
            for (Sequence next = own.First; next <= own.Last && next <= Range.Last; next = next.Next)
            {
                decoder.Skip();
                if (next >= Range.First)
                {
                    decoder.AddReferencesOfLast(Range.First, references);
                }
            }
        }

        return references;
    }

    /// <summary>Whether the blocks match their digests in the index.</summary>
    public bool MatchIndex()
    {
        for (int block = FirstBlock; block <= LastBlock; block++)
        {
            if (!Index.Matches(block, BytesOf(block)))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Decodes the requested entries.</summary>
    /// <param name="names">The names that <see cref="FindReferences"/> requires. The method adds what the requested entries introduce.</param>
    /// <param name="entries">Receives the entries.</param>
    /// <param name="heads">Receives the heads of the operations that begin with one of the entries; null to skip them.</param>
    /// <param name="withSums">Whether the heads include their sums.</param>
    /// <exception cref="InvalidRowException">The blocks are invalid.</exception>
    public void Decode(NameScope names, ICollection<Entry> entries, ICollection<OperationHead>? heads, bool withSums)
    {
        for (int block = FirstBlock; block <= LastBlock; block++)
        {
            BlockDecoder decoder = Decoder(block, names);
            EntryRange own = Index.EntriesOf(block);
            for (Sequence next = own.First; next <= own.Last && next <= Range.Last; next = next.Next)
            {
                if (next < Range.First)
                {
                    decoder.Skip();
                }
                else
                {
                    Entry entry = decoder.Read();
                    entries.Add(entry);
                    if (heads is not null && entry.IsFirst)
                    {
                        heads.Add(decoder.ToHead(entry, Time, withSums));
                    }
                }
            }
        }
    }

    /// <summary>Reads the introductions of entries.</summary>
    /// <param name="entries">Entries of these blocks, ascending.</param>
    /// <param name="names">Receives what each introduced.</param>
    /// <exception cref="InvalidRowException">The blocks are invalid.</exception>
    public void ReadIntroductions(IEnumerable<Sequence> entries, NameScope names)
    {
        foreach (IGrouping<int, Sequence> inBlock in entries.GroupBy(Index.BlockOf))
        {
            BlockDecoder decoder = Decoder(inBlock.Key, new NameScope());
            Sequence next = Index.EntriesOf(inBlock.Key).First;
            foreach (Sequence entry in inBlock)
            {
                for (; next < entry; next = next.Next)
                {
                    decoder.Skip();
                }

                names.Add(entry, decoder.ReadIntroduction());
                next = next.Next;
            }
        }
    }

    /// <summary>Returns the last block for another range, whose entries it must contain.</summary>
    public StoredBlocks LastFor(EntryRange range)
    {
        (int block, int text) = (Index.OffsetOf(LastBlock) - Index.OffsetOf(FirstBlock), Index.TextOffsetOf(LastBlock) - Index.TextOffsetOf(FirstBlock));
        return this with { Range = range, Blocks = Blocks[block..], Texts = Texts[text..] };
    }

    private ReadOnlySpan<byte> BytesOf(int block) => Blocks.Span.Slice(Index.OffsetOf(block) - Index.OffsetOf(FirstBlock), Index.LengthOf(block));

    private BlockDecoder Decoder(int block, NameScope names) => new(
        BytesOf(block),
        Texts.Span.Slice(Index.TextOffsetOf(block) - Index.TextOffsetOf(FirstBlock), Index.TextLengthOf(block)),
        Index.EntriesOf(block),
        names);
}
