using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.ReadModel;
using Pointbook.Server.CommandLine;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Migrating;

/// <summary>Copies a ledger to another store, and verifies the copy before a server may serve it. It may stop at any point and resume.</summary>
/// <remarks>If the target fails for a moment, <see cref="StepRetries"/> repeats the step.</remarks>
internal sealed class Migration
{
    private const string StartAnew = "Drop the database, recreate it and migrate again.";

    private readonly SqliteStoreOptions _from;
    private readonly PostgresStoreOptions _to;
    private readonly StepRetries _retries;
    private readonly BeginPhase _begin;
    private readonly TimeProvider _clock;

    /// <param name="from">The source.</param>
    /// <param name="to">The target.</param>
    /// <param name="begin">Shows the progress.</param>
    /// <param name="tell">Tells the operator of a failure after which a step is repeated.</param>
    /// <param name="clock">The clock of the process.</param>
    public Migration(SqliteStoreOptions from, PostgresStoreOptions to, BeginPhase begin, Action<string> tell, TimeProvider clock)
    {
        (_from, _to, _clock) = (from, to, clock);
        _retries = new StepRetries(clock, tell);
        _begin = _retries.Watch(begin);
    }

    /// <summary>Copies, checks, builds and compares. Only then it allows servers to serve the copy.</summary>
    /// <exception cref="StoreException">A store does not meet the requirements, or the target failed too often.</exception>
    /// <exception cref="JournalException">A journal could not be read or written, or a seal is invalid.</exception>
    public async Task<MigrationResult> RunAsync(CancellationToken cancellationToken)
    {
        // Held until the end: the copy would lack what a server wrote meanwhile.
        await using ReadOnlySqliteStore source = ReadOnlySqliteStore.Open(_from, _clock, isExclusive: true);
        await using SqliteKeyStore? keys = SqliteKeyStore.OpenIfThere(_from);
        CheckKeys(keys, source.WasSecured);
        await using PostgresStore target = await _retries.OpenAsync(
            () => PostgresStore.OpenForImportAsync(_to, NullLogger.Instance, cancellationToken), cancellationToken);
        string name = target.DatabaseNames[0];
        JournalHead end = await source.Journal.ReadHeadAsync(cancellationToken);
        JournalCopy copy = new(source.Journal, target, _begin);
        await _retries.RunAsync(() => copy.RunAsync(end, cancellationToken), cancellationToken);
        long commits = await CheckAsync(target.Partitions[0].Journal, name, end, cancellationToken);
        await _retries.RunAsync(() => StoreAsync(target.Partitions[0], end, cancellationToken), cancellationToken);
        await _retries.RunAsync(() => CompareAsync(target.Partitions[0], name, end, cancellationToken), cancellationToken);
        // Last, so that the copy includes keys that are revoked meanwhile; and before a server can serve the copy without keys.
        long keysCopied = keys is null ? 0 : await _retries.RunAsync(() => CopyAsync(keys, cancellationToken), cancellationToken);
        if (source.WasSecured)
        {
            await _retries.RunAsync(() => target.MarkSecuredAsync(cancellationToken), cancellationToken);
        }

        // Servers must not accept the times of a test clock as real ones in the copy.
        bool isTest = source.Journal.ReadClockKind() ?? false;
        await _retries.RunAsync(() => target.ClaimClockAsync(isTest, cancellationToken), cancellationToken);
        await _retries.RunAsync(() => target.CompleteImportAsync(cancellationToken), cancellationToken);
        return new MigrationResult(name, end, commits, keysCopied);
    }

    /// <summary>Checks that no API keys were lost. If the ledger was never secured, the file may be missing. If clients used only tokens, it is empty.</summary>
    private void CheckKeys(SqliteKeyStore? keys, bool wasSecured)
    {
        if (wasSecured && keys is null)
        {
            throw new StoreException(
                $"The ledger in {Path.GetFullPath(_from.Directory)} was secured, but {SqliteKeyStore.KeyFile} is missing. Restore that file from a "
                + "backup, or create a new key with 'pointbook keys create'. If clients used only tokens, start the server once with Jwt as before.");
        }
    }

    private async Task<long> CopyAsync(SqliteKeyStore keys, CancellationToken cancellationToken)
    {
        await using PostgresKeyStore target = await PostgresKeyStore.OpenAsync(_to, cancellationToken);
        return await new KeyCopy(keys, target, target.DatabaseName).RunAsync(cancellationToken);
    }

    /// <summary>Reads the whole copy and verifies its seals.</summary>
    /// <returns>The number of commits.</returns>
    private async Task<long> CheckAsync(IJournal journal, string name, JournalHead end, CancellationToken cancellationToken)
    {
        Action<long> advance = _begin("Checking the copy", 0, end.Last.Value);
        JournalHead head = JournalHead.Empty;
        long commits = 0;
        try
        {
            // After a failure, it continues behind the last commit that it checked.
            await _retries.RunAsync(
                async () =>
                {
                    await foreach (Commit commit in JournalVerification.ReadAsync(journal, head, cancellationToken))
                    {
                        head = commit.ToHead();
                        commits++;
                        advance(head.Last.Value);
                    }
                },
                cancellationToken);
        }
        catch (JournalException altered) when (!StoreFailure.IsOfStore(altered))
        {
            throw new StoreException($"The copy in {name} differs from the source. {StartAnew} {altered.Message}", altered);
        }

        return head == end
            ? commits
            : throw new StoreException(
                $"The copy in {name} ends with entry {head.Last} and seal {head.Seal}, but the source ends with entry {end.Last} and seal {end.Seal}. {StartAnew}");
    }

    /// <summary>Builds the account store and the read model as a server does.</summary>
    private async Task StoreAsync(StoredPartition stored, JournalHead end, CancellationToken cancellationToken)
    {
        await using LocalPartition partition = new(PartsOf(stored, end, _begin, _clock));
        await partition.StartAsync(cancellationToken);
        await partition.SettleReadModelAsync(end.Last, cancellationToken);
        await partition.StopAsync(cancellationToken);
    }

    /// <summary>The parts of a partition that builds the tables of a copy.</summary>
    internal static PartitionParts PartsOf(StoredPartition stored, JournalHead end, BeginPhase begin, TimeProvider clock) => new()
    {
        Journal = stored.Journal,
        AccountStore = new ReportingAccountStore(stored.AccountStore, begin("Building the account store", 0, end.Last.Value)),
        ReadModel = new ReportingReadModel(stored.ReadModel, begin("Building the read model", 0, end.Last.Value)),
        Clock = clock,
        NewCommitId = Guid.NewGuid,
        Salts = RandomNumberGenerator.Fill,
        Random = new Random(Environment.ProcessId),
        Logger = NullLogger.Instance,
        // The source has stopped, so points may be due. Their expiries would make the copy differ from the source.
        Sweeps = false,
    };

    /// <summary>Compares the account store and the read model with their journal: every account, every operation, and the sums of every payer.</summary>
    private async Task CompareAsync(StoredPartition stored, string name, JournalHead end, CancellationToken cancellationToken)
    {
        Action<long> advance = _begin("Comparing the account store", 0, end.Last.Value);
        AccountStoreVerification verification = new(stored.Journal, stored.AccountStore, new AccountStoreVerificationBounds(), _clock);
        AccountStoreVerdict verdict = await verification.RunAsync(last => advance(last.Value), cancellationToken);
        Action<long> advanceSums = _begin("Comparing the read model", 0, end.Last.Value);
        ReadModelVerdict sums = await new ReadModelVerification(stored.Journal, stored.ReadModel, 1).RunAsync(last => advanceSums(last.Value), cancellationToken);
        string? difference = verdict.Rebuild ?? sums.Build ?? verdict.Differences.Concat(sums.Differences).FirstOrDefault();
        if (difference is not null || verdict.Through != end.Last || sums.Through != end.Last)
        {
            throw new StoreException(
                $"The account store in {name} differs from the journal ({difference?.TrimEnd('.') ?? "it changed during the comparison"}). "
                + $"{StartAnew} If that does not help, report the problem.");
        }
    }
}

/// <summary>The result of a migration.</summary>
/// <param name="Database">The database of the copy, without user and password.</param>
/// <param name="Head">The end of the journal, equal in source and copy.</param>
/// <param name="Commits">The number of commits.</param>
/// <param name="Keys">The number of API keys, including revoked ones.</param>
internal sealed record MigrationResult(string Database, JournalHead Head, long Commits, long Keys);
