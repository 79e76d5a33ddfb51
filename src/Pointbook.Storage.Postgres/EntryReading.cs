using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads entries, and what earlier entries introduced. Thread-safe.</summary>
/// <param name="journal">The journal.</param>
/// <param name="known">The accounts and actors that were met last.</param>
internal sealed class EntryReading(PostgresJournal journal, JournalNames known)
{
    /// <summary>Reads the entries of ranges that are there.</summary>
    /// <exception cref="JournalDamagedException">A commit that has some of them is damaged.</exception>
    /// <exception cref="JournalException">The database failed.</exception>
    public async ValueTask<IReadOnlyList<Entry>> ReadAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken)
    {
        IReadOnlyList<(StoredPart Part, Func<StoredBlocks?> Blocks)> parts =
            await new BlockReading(journal).RunAsync(ranges, cancellationToken).ConfigureAwait(false);
        List<(StoredPart Part, StoredBlocks? Blocks)> found = new(parts.Count);
        HashSet<Sequence> references = [];
        foreach ((StoredPart part, Func<StoredBlocks?> read) in parts)
        {
            StoredBlocks? blocks = BlockReading.Of(journal.Partition, part, read);
            found.Add((part, blocks));
            references.UnionWith(blocks is null ? [] : BlockReading.Of(journal.Partition, part, blocks.FindReferences));
        }

        NameScope names = await ResolveAsync(references, cancellationToken).ConfigureAwait(false);
        EntryCollector entries = new();
        foreach ((StoredPart part, StoredBlocks? blocks) in found)
        {
            BlockReading.Of(journal.Partition, part, () => Add(part, blocks, names, entries));
        }

        known.Keep(names);
        return entries.Entries;
    }

    /// <summary>Finds the accounts and actors that entries introduced. Of those whose entries are not there, nothing is found.</summary>
    /// <exception cref="JournalDamagedException">A commit that introduced one of them is damaged.</exception>
    /// <exception cref="JournalException">The database failed.</exception>
    public async ValueTask<NameScope> ResolveAsync(IReadOnlyCollection<Sequence> references, CancellationToken cancellationToken)
    {
        NameScope names = new();
        IReadOnlyList<Sequence> missing = known.Resolve(references, names);
        if (missing.Count == 0)
        {
            return names;
        }

        IReadOnlyList<(StoredPart Part, Func<StoredBlocks?> Blocks)> parts = await new BlockReading(journal).RunAsync(
            [.. missing.Order().Select(entry => new EntryRange(entry, entry))], cancellationToken).ConfigureAwait(false);
        StoredBlocks? last = null;
        foreach ((StoredPart part, Func<StoredBlocks?> read) in parts)
        {
            names.Add(part.Range.First, BlockReading.Of(journal.Partition, part, () =>
            {
                last = read() ?? last!.LastFor(part.Range);
                return last.ReadIntroduction();
            }));
        }

        known.Keep(names);
        return names;
    }

    private static bool Add(StoredPart part, StoredBlocks? blocks, NameScope names, EntryCollector entries)
    {
        if (blocks is null)
        {
            return entries.TryAdd(part.Range);
        }

        entries.Add(blocks, names);
        return true;
    }
}
