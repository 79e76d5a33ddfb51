using Pointbook.Engine.Journal;
using Pointbook.Engine.Stores;
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

    private readonly List<Commit> _batch = [];
    private int _entries;

    /// <summary>Copies what comes after the last commit that the target has.</summary>
    /// <param name="end">Where the source ends.</param>
    /// <param name="cancellationToken">Ends the copying after the commits that are being written.</param>
    /// <exception cref="StoreException">What the target has is no beginning of the source, or it cannot hold the source.</exception>
    /// <exception cref="JournalException">A seal is wrong, or a store failed.</exception>
    public async Task RunAsync(JournalHead end, CancellationToken cancellationToken)
    {
        JournalHead copied = await target.Partitions[0].Journal.ReadHeadAsync(cancellationToken);
        if (await source.ReadSealAsync(copied.Last, cancellationToken) != copied.Seal)
        {
            throw new StoreException($"{target.DatabaseNames[0]} holds a part of another journal; migrate into a new, empty database.");
        }

        Action<long> advance = begin("Copying", copied.Last.Value, end.Last.Value);
        try
        {
            await CopyAsync(copied, advance, cancellationToken);
        }
        catch (JournalException altered) when (!StoreFailure.IsOfStore(altered))
        {
            throw new StoreException($"The source is not what was committed, so restore a backup of it that verifies and migrate that: {altered.Message}", altered);
        }

        advance(end.Last.Value);
    }

    private async Task CopyAsync(JournalHead copied, Action<long> advance, CancellationToken cancellationToken)
    {
        await foreach (Commit commit in JournalVerification.ReadAsync(source, copied, cancellationToken))
        {
            CheckTexts(commit);
            _batch.Add(commit);
            _entries += commit.Entries.Count;
            if (_batch.Count >= CommitsMax || _entries >= EntriesMax)
            {
                await WriteAsync(cancellationToken);
                advance(commit.Last.Value);
            }
        }

        await WriteAsync(cancellationToken);
    }

    private async Task WriteAsync(CancellationToken cancellationToken)
    {
        if (_batch.Count > 0 && !await target.ImportAsync(_batch, cancellationToken))
        {
            throw new StoreException($"Somebody else writes to {target.DatabaseNames[0]}; let only one migration run at a time.");
        }

        _batch.Clear();
        _entries = 0;
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
