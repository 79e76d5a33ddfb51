using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads entries, and the accounts and actors that earlier entries introduced. Thread-safe.</summary>
/// <param name="journal">The journal.</param>
/// <param name="known">The most recently read accounts and actors.</param>
internal sealed class EntryReading(PostgresJournal journal, JournalNames known)
{
    private const int NamesPerRead = 64;

    /// <summary>Reads the existing entries of ranges.</summary>
    /// <returns>The collector, which contains the entries.</returns>
    /// <exception cref="JournalDamagedException">A commit that contains some of them is damaged.</exception>
    /// <exception cref="JournalException">The database failed.</exception>
    public async ValueTask<EntryCollector> ReadAsync(IReadOnlyList<EntryRange> ranges, EntryCollector entries, CancellationToken cancellationToken)
    {
        IReadOnlyList<(StoredPart Part, StoredBlocks Blocks)> found = await ReadBlocksAsync(ranges, cancellationToken).ConfigureAwait(false);
        HashSet<Sequence> references = [];
        foreach ((StoredPart part, StoredBlocks blocks) in found)
        {
            references.UnionWith(BlockReading.Of(journal.Partition, part, blocks.FindReferences));
        }

        NameScope names = await ResolveAsync(references, cancellationToken).ConfigureAwait(false);
        foreach ((StoredPart part, StoredBlocks blocks) in found)
        {
            BlockReading.Of(journal.Partition, part, () => Add(part, blocks, names, entries));
        }

        return entries;
    }

    /// <summary>Finds the accounts and actors that entries introduced. Skips entries that do not exist.</summary>
    /// <exception cref="JournalDamagedException">A commit that introduced one of them is damaged.</exception>
    /// <exception cref="JournalException">The database failed.</exception>
    public async ValueTask<NameScope> ResolveAsync(IReadOnlyCollection<Sequence> references, CancellationToken cancellationToken)
    {
        NameScope names = new();
        foreach (Sequence[] some in known.Resolve(references, names).Order().Chunk(NamesPerRead))
        {
            EntryRange[] ranges = [.. some.Select(entry => new EntryRange(entry, entry))];
            foreach ((StoredPart part, StoredBlocks blocks) in await ReadBlocksAsync(ranges, cancellationToken).ConfigureAwait(false))
            {
                BlockReading.Of(journal.Partition, part, () => Add(blocks, names));
            }
        }

        known.Keep(names);
        return names;
    }

    /// <summary>Reads the blocks that contain the entries of ranges, and checks them against the seals of their commits.</summary>
    private async ValueTask<IReadOnlyList<(StoredPart Part, StoredBlocks Blocks)>> ReadBlocksAsync(
        IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken)
    {
        IReadOnlyList<(StoredPart Part, Func<StoredBlocks?> Blocks)> parts =
            await new BlockReading(journal).RunAsync(ranges, cancellationToken).ConfigureAwait(false);
        List<(StoredPart Part, StoredBlocks Blocks)> found = new(parts.Count);
        foreach ((StoredPart part, Func<StoredBlocks?> read) in parts)
        {
            found.Add((part, BlockReading.Of(journal.Partition, part, read) ?? found[^1].Blocks.LastFor(part.Range)));
        }

        return found;
    }

    private static bool Add(StoredBlocks blocks, NameScope names)
    {
        blocks.ReadIntroductions([blocks.Range.First], names);
        return true;
    }

    private static bool Add(StoredPart part, StoredBlocks blocks, NameScope names, EntryCollector entries)
    {
        if (!entries.TryAdd(part.Range))
        {
            entries.Add(blocks, names);
        }

        return true;
    }
}
