using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Some blocks of a stored commit that follow each other, with their texts. Immutable.</summary>
/// <param name="Index">The index of the commit's body.</param>
/// <param name="Range">The entries that are wanted. The blocks begin with the one that has the first of them and end with the one that has the last.</param>
/// <param name="Blocks">The bytes of the blocks.</param>
/// <param name="Texts">The texts of the blocks.</param>
public sealed record StoredBlocks(CommitBodyIndex Index, EntryRange Range, ReadOnlyMemory<byte> Blocks, ReadOnlyMemory<byte> Texts)
{
    /// <summary>The entries of the last of these blocks.</summary>
    public EntryRange InLastBlock => Index.EntriesOf(LastBlock);

    private int FirstBlock => Index.BlockOf(Range.First);

    private int LastBlock => Index.BlockOf(Range.Last);

    /// <summary>The entries before those that are wanted that introduced accounts and actors of these blocks. They are needed to decode the blocks.</summary>
    /// <exception cref="InvalidRowException">Nothing writes such blocks.</exception>
    public IReadOnlyCollection<Sequence> FindReferences()
    {
        HashSet<Sequence> references = [];
        for (int block = FirstBlock; block <= LastBlock; block++)
        {
            Decoder(block, new NameScope()).AddReferences(Range.First, references);
        }

        return references;
    }

    /// <summary>Decodes the entries that are wanted.</summary>
    /// <param name="names">What <see cref="FindReferences"/> asks for. Gets what the entries that are wanted introduce.</param>
    /// <param name="entries">Gets the entries.</param>
    /// <exception cref="InvalidRowException">Nothing writes such blocks.</exception>
    public void Decode(NameScope names, ICollection<Entry> entries)
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
                    entries.Add(decoder.Read());
                }
            }
        }
    }

    /// <summary>Reads what entries introduced.</summary>
    /// <param name="entries">Entries of these blocks, ascending.</param>
    /// <param name="names">Gets what each introduced.</param>
    /// <exception cref="InvalidRowException">Nothing writes such blocks.</exception>
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

    /// <summary>The same blocks for another range, whose entries they must have.</summary>
    public StoredBlocks LastFor(EntryRange range)
    {
        (int block, int text) = (Index.OffsetOf(LastBlock) - Index.OffsetOf(FirstBlock), Index.TextOffsetOf(LastBlock) - Index.TextOffsetOf(FirstBlock));
        return this with { Range = range, Blocks = Blocks[block..], Texts = Texts[text..] };
    }

    private BlockDecoder Decoder(int block, NameScope names) => new(
        Blocks.Span.Slice(Index.OffsetOf(block) - Index.OffsetOf(FirstBlock), Index.LengthOf(block)),
        Texts.Span.Slice(Index.TextOffsetOf(block) - Index.TextOffsetOf(FirstBlock), Index.TextLengthOf(block)),
        Index.EntriesOf(block),
        names);
}
