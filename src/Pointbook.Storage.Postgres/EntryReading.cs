using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads entries, and what earlier entries introduced. Thread-safe.</summary>
/// <param name="journal">The journal.</param>
/// <param name="known">The accounts and actors that were met last.</param>
internal sealed class EntryReading(PostgresJournal journal, JournalNames known)
{
    // Each commit is read as a whole, because its seal is checked, and once. The limits keep the planner from reading the journal whole.
    internal const string FindCommitsSql =
        $"""
        SELECT {JournalRows.CommitColumns}
        FROM (
            SELECT DISTINCT place.found
            FROM unnest($2::bigint[]) AS wanted (entry)
            CROSS JOIN LATERAL (
                SELECT first_sequence AS found
                FROM journal_commit
                WHERE partition = $1 AND first_sequence <= wanted.entry
                ORDER BY first_sequence DESC
                LIMIT 1
            ) AS place
        ) AS places
        CROSS JOIN LATERAL (
            SELECT {JournalRows.CommitColumns}
            FROM journal_commit
            WHERE partition = $1 AND first_sequence = places.found
            LIMIT 1
        ) AS stored
        """;

    private const int NamesPerRead = 64;

    /// <summary>Reads the entries of ranges that are there.</summary>
    /// <exception cref="JournalDamagedException">A commit that has some of them is damaged.</exception>
    /// <exception cref="JournalException">The database failed.</exception>
    public async ValueTask<IReadOnlyList<Entry>> ReadAsync(IReadOnlyList<EntryRange> ranges, CancellationToken cancellationToken)
    {
        IReadOnlyList<(StoredPart Part, Func<StoredBlocks?> Blocks)> parts =
            await new BlockReading(journal).RunAsync(ranges, cancellationToken).ConfigureAwait(false);
        List<(StoredPart Part, StoredBlocks Blocks)> found = new(parts.Count);
        HashSet<Sequence> references = [];
        foreach ((StoredPart part, Func<StoredBlocks?> read) in parts)
        {
            StoredBlocks blocks = BlockReading.Of(journal.Partition, part, read) ?? found[^1].Blocks.LastFor(part.Range);
            found.Add((part, blocks));
            references.UnionWith(BlockReading.Of(journal.Partition, part, blocks.FindReferences));
        }

        NameScope names = await ResolveAsync(references, cancellationToken).ConfigureAwait(false);
        EntryCollector entries = new();
        foreach ((StoredPart part, StoredBlocks blocks) in found)
        {
            BlockReading.Of(journal.Partition, part, () => Add(part, blocks, names, entries));
        }

        return entries.Entries;
    }

    /// <summary>Finds the accounts and actors that entries introduced. Of those whose entries are not there, nothing is found.</summary>
    /// <exception cref="JournalDamagedException">A commit that introduced one of them is damaged.</exception>
    /// <exception cref="JournalException">The database failed.</exception>
    public async ValueTask<NameScope> ResolveAsync(IReadOnlyCollection<Sequence> references, CancellationToken cancellationToken)
    {
        NameScope names = new();
        foreach (Sequence[] some in known.Resolve(references, names).Order().Chunk(NamesPerRead))
        {
            List<StoredCommit> commits = await journal.ReadAsync(
                FindCommitsSql, parameters => parameters.AddBigints([.. some.Select(entry => entry.Value)]), JournalRows.ToCommit, cancellationToken).ConfigureAwait(false);
            foreach (StoredCommit commit in commits)
            {
                // An entry behind the last one of the commit is not there.
                commit.ReadIntroductions(some.Where(entry => entry >= commit.Header.First && entry <= commit.Header.Last), names);
            }
        }

        known.Keep(names);
        return names;
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
