using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Server.CommandLine;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Migrating;

/// <summary>Copies a ledger to another store and proves the copy before it may be served. It may stop anywhere and be run again.</summary>
internal sealed class Migration(SqliteStoreOptions from, PostgresStoreOptions to, BeginPhase begin, TimeProvider clock)
{
    private const string StartAnew = "drop the database, create it anew and migrate again.";

    /// <summary>Copies, checks, projects, checks again, and only then lets the copy be served.</summary>
    /// <exception cref="StoreException">The stores are not what they have to be.</exception>
    /// <exception cref="JournalException">A journal could not be read or written, or a seal is wrong.</exception>
    public async Task<MigrationResult> RunAsync(CancellationToken cancellationToken)
    {
        // Held until the end: what a server would write meanwhile would be missing in the copy.
        await using ReadOnlySqliteStore source = ReadOnlySqliteStore.Open(from, clock, isExclusive: true);
        await using SqliteKeyStore? keys = SqliteKeyStore.OpenIfThere(from);
        CheckKeys(keys, source.WasSecured);
        await using PostgresStore target = await PostgresStore.OpenForImportAsync(to, NullLogger.Instance, cancellationToken);
        string name = target.DatabaseNames[0];
        JournalHead end = await source.Journal.ReadHeadAsync(cancellationToken);
        await new JournalCopy(source.Journal, target, begin).RunAsync(end, cancellationToken);
        long commits = await CheckAsync(target.Partitions[0].Journal, name, end, cancellationToken);
        await ProjectAsync(target.Partitions[0], end, cancellationToken);
        await CompareAsync(target.Partitions[0], name, end, cancellationToken);
        // Last, so that what is revoked while the rest is copied is revoked in the copy; and before anybody can be served without them.
        long keysCopied = keys is null ? 0 : await CopyAsync(keys, cancellationToken);
        if (source.WasSecured)
        {
            await target.MarkSecuredAsync(cancellationToken);
        }

        // Times that a test has made up must not pass for real ones in the copy.
        await target.ClaimClockAsync(source.Journal.ReadClockKind() ?? false, cancellationToken);
        await target.CompleteImportAsync(cancellationToken);
        return new MigrationResult(name, end, commits, keysCopied);
    }

    /// <summary>Checks that no API keys were lost. Where nobody ever asked for them their file may be missing, and where tokens were taken it is empty.</summary>
    private void CheckKeys(SqliteKeyStore? keys, bool wasSecured)
    {
        if (wasSecured && keys is null)
        {
            throw new StoreException(
                $"{Path.GetFullPath(from.Directory)} is the directory of a ledger that was secured, and {SqliteKeyStore.KeyFile} is missing; restore that file from a "
                + "backup, create a new key with 'pointbook keys create', or, if callers only ever had tokens, start the server once with Jwt as before.");
        }
    }

    private async Task<long> CopyAsync(SqliteKeyStore keys, CancellationToken cancellationToken)
    {
        await using PostgresKeyStore target = await PostgresKeyStore.OpenAsync(to, cancellationToken);
        return await new KeyCopy(keys, target, target.DatabaseName).RunAsync(cancellationToken);
    }

    /// <summary>Reads the copy as a whole and checks its seals.</summary>
    /// <returns>How many commits it has.</returns>
    private async Task<long> CheckAsync(IJournal journal, string name, JournalHead end, CancellationToken cancellationToken)
    {
        Action<long> advance = begin("Checking the copy", 0, end.Last.Value);
        JournalHead head = JournalHead.Empty;
        long commits = 0;
        try
        {
            await foreach (Commit commit in JournalVerification.ReadAsync(journal, head, cancellationToken))
            {
                head = commit.ToHead();
                commits++;
                advance(head.Last.Value);
            }
        }
        catch (JournalException altered) when (!StoreFailure.IsOfStore(altered))
        {
            throw new StoreException($"The copy in {name} is not what the source holds, so {StartAnew} {altered.Message}", altered);
        }

        return head == end
            ? commits
            : throw new StoreException(
                $"The copy in {name} ends with entry {head.Last} and seal {head.Seal}, and the source with entry {end.Last} and seal {end.Seal}; {StartAnew}");
    }

    /// <summary>Builds the projection as a server does at its start.</summary>
    private async Task ProjectAsync(StoredPartition stored, JournalHead end, CancellationToken cancellationToken)
    {
        PartitionParts parts = new()
        {
            Journal = stored.Journal,
            Projection = new ReportingProjection(stored.Projection, begin("Building the projection", 0, end.Last.Value)),
            Clock = clock,
            NewCommitId = Guid.NewGuid,
            Salts = RandomNumberGenerator.Fill,
            Random = new Random(Environment.ProcessId),
            Logger = NullLogger.Instance,
        };
        await using LocalPartition partition = new(parts);
        await partition.StartAsync(cancellationToken);
        await partition.StopAsync(cancellationToken);
    }

    /// <summary>Compares the projection with the journal that it was built from: every account, every operation, and the sums of every payer.</summary>
    private async Task CompareAsync(StoredPartition stored, string name, JournalHead end, CancellationToken cancellationToken)
    {
        Action<long> advance = begin("Comparing the projection", 0, end.Last.Value);
        ProjectionVerification verification = new(stored.Journal, stored.Projection, new ProjectionVerificationBounds(), clock);
        ProjectionVerdict verdict = await verification.RunAsync(last => advance(last.Value), cancellationToken);
        string? difference = verdict.Rebuild ?? (verdict.DifferenceCount > 0 ? verdict.Differences[0] : null);
        if (difference is not null || verdict.UnstablePayers.Count > 0 || verdict.Through != end.Last)
        {
            throw new StoreException(
                $"The projection in {name} is not what the journal says ({difference?.TrimEnd('.') ?? "it changed meanwhile"}); "
                + $"{StartAnew} Report it if that does not help.");
        }
    }
}

/// <summary>What was copied.</summary>
/// <param name="Database">Where it is now, without user and password.</param>
/// <param name="Head">Where the journal ends, there as here.</param>
/// <param name="Commits">How many commits it has.</param>
/// <param name="Keys">How many API keys there are, those that were revoked included.</param>
internal sealed record MigrationResult(string Database, JournalHead Head, long Commits, long Keys);
