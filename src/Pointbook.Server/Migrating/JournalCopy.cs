using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Server.CommandLine;
using Pointbook.Storage.Postgres;

namespace Pointbook.Server.Migrating;

/// <summary>Copies the commits that a target lacks, one to one, after checking the seal of each.</summary>
internal sealed class JournalCopy(IJournal source, PostgresStore target, BeginPhase begin)
{
    // Commits that become durable together. Alone they take a round trip and a synchronization each, which is slow where they are small.
    private const int CommitsMax = 512;
    private const int EntriesMax = 8_192;

    /// <summary>Copies what comes after the last commit that the target has.</summary>
    /// <param name="end">Where the source ends.</param>
    /// <param name="cancellationToken">Ends the copying after the commits that are being written.</param>
    /// <exception cref="StoreException">What the target has is no beginning of the source, or it cannot hold the source.</exception>
    /// <exception cref="JournalException">A seal is wrong, or a store failed.</exception>
    public async Task RunAsync(JournalHead end, CancellationToken cancellationToken)
    {
        JournalHead copied = await ReadCopiedAsync(cancellationToken);
        Action<long> advance = begin("Copying", copied.Last.Value, end.Last.Value);
        try
        {
            // A run that was killed may have left a transaction behind that is committed only now. What it copied is right all the same.
            while (!await TryCopyAsync(copied, advance, cancellationToken))
            {
                copied = await ReadCopiedAsync(cancellationToken);
            }
        }
        catch (JournalException altered) when (!StoreFailure.IsOfStore(altered))
        {
            throw new StoreException($"The source is not what was committed, so restore a backup of it that verifies and migrate that: {altered.Message}", altered);
        }

        advance(end.Last.Value);
    }

    private async Task<JournalHead> ReadCopiedAsync(CancellationToken cancellationToken)
    {
        JournalHead copied = await target.Partitions[0].Journal.ReadHeadAsync(cancellationToken);
        return await source.ReadSealAsync(copied.Last, cancellationToken) == copied.Seal
            ? copied
            : throw new StoreException($"{target.DatabaseNames[0]} holds a part of another journal; migrate into a new, empty database.");
    }

    /// <returns>False if the target does not end any more where it did.</returns>
    private async Task<bool> TryCopyAsync(JournalHead copied, Action<long> advance, CancellationToken cancellationToken)
    {
        List<Commit> batch = [];
        int entries = 0;
        await foreach (Commit commit in JournalVerification.ReadAsync(source, copied, cancellationToken))
        {
            CheckTexts(commit);
            batch.Add(commit);
            entries += commit.Entries.Count;
            if (batch.Count < CommitsMax && entries < EntriesMax)
            {
                continue;
            }

            if (!await target.ImportAsync(batch, cancellationToken))
            {
                return false;
            }

            advance(commit.Last.Value);
            batch.Clear();
            entries = 0;
        }

        return batch.Count == 0 || await target.ImportAsync(batch, cancellationToken);
    }

    private static void CheckTexts(Commit commit)
    {
        foreach (Entry entry in commit.Entries)
        {
            string?[] texts = [entry.Payer?.Value, entry.Origin?.Key?.Value, entry.Origin?.Reference, entry.Origin?.Reason, entry.Origin?.Actor];
            if (Array.Exists(texts, text => text?.Contains('\0', StringComparison.Ordinal) == true))
            {
                throw new StoreException(
                    $"Entry {entry.Sequence} of the source has a text with U+0000, which PostgreSQL cannot hold and a sealed journal keeps; leave this ledger on SQLite.");
            }
        }
    }
}
