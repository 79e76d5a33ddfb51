using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Server.CommandLine;
using Pointbook.Storage.Postgres;

namespace Pointbook.Server.Migrating;

/// <summary>Copies the commits that a target lacks, unchanged, after verifying the seal of each.</summary>
internal sealed class JournalCopy(IJournal source, PostgresStore target, BeginPhase begin)
{
    // The limits of one batch, which becomes durable as a whole. Single small commits would be slow: each costs a round trip and a sync.
    private const int CommitsMax = 512;
    private const int EntriesMax = 8_192;

    /// <summary>Copies what follows the last commit of the target.</summary>
    /// <param name="end">The end of the source.</param>
    /// <param name="cancellationToken">Stops the copy after the commits that are being written.</param>
    /// <exception cref="StoreException">The target is not a prefix of the source, or it cannot hold the source.</exception>
    /// <exception cref="JournalException">A seal is invalid, or a store failed.</exception>
    public async Task RunAsync(JournalHead end, CancellationToken cancellationToken)
    {
        JournalHead copied = await ReadCopiedAsync(cancellationToken);
        Action<long> advance = begin("Copying", copied.Last.Value, end.Last.Value);
        try
        {
            // A killed run may have left a transaction that commits only now. What it copied is valid.
            while (!await TryCopyAsync(copied, advance, cancellationToken))
            {
                copied = await ReadCopiedAsync(cancellationToken);
            }
        }
        catch (JournalException altered) when (!StoreFailure.IsOfStore(altered))
        {
            throw new StoreException($"The source differs from what was committed. Restore a backup that verifies, and migrate the backup. {altered.Message}", altered);
        }

        advance(end.Last.Value);
    }

    private async Task<JournalHead> ReadCopiedAsync(CancellationToken cancellationToken)
    {
        JournalHead copied = await target.Partitions[0].Journal.ReadHeadAsync(cancellationToken);
        return await source.ReadSealAsync(copied.Last, cancellationToken) == copied.Seal
            ? copied
            : throw new StoreException($"{target.DatabaseNames[0]} contains a part of another journal. Migrate into a new, empty database.");
    }

    /// <returns>False if the target's end has changed.</returns>
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
                    $"Entry {entry.Sequence} of the source has a text with U+0000. PostgreSQL can't store it, and a sealed journal can't change it. Keep this ledger on SQLite.");
            }
        }
    }
}
