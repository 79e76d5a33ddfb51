using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Clusters;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Outages;

/// <summary>A partition on its own server, reached through a wire that a test can cut.</summary>
internal sealed class RunningLedger : IAsyncDisposable
{
    // No test waits this long for one answer. If an answer never arrives, the test fails instead of hanging.
    private static readonly TimeSpan AnswerMax = TimeSpan.FromMinutes(3);

    private readonly PostgresStore _store;
    private long _refusals;

    private RunningLedger(PostgresCluster cluster, string database, LossyWire wire, PostgresStore store)
    {
        (Cluster, Database, Wire, _store) = (cluster, database, wire, store);
        Partition = new LocalPartition(new PartitionParts
        {
            Journal = store.Partitions[0].Journal,
            AccountStore = store.Partitions[0].AccountStore,
            ReadModel = store.Partitions[0].ReadModel,
            Clock = TimeProvider.System,
            NewCommitId = Guid.NewGuid,
            Salts = RandomNumberGenerator.Fill,
            Random = new Random(1),
            Logger = NullLogger.Instance,
            SnapshotWriterOptions = new SnapshotWriterOptions { RetryDelay = TimeSpan.FromMilliseconds(50), RepairEntriesMax = 0 },
        });
    }

    public PostgresCluster Cluster { get; }

    /// <summary>The connection string that bypasses the wire.</summary>
    public string Database { get; }

    public LossyWire Wire { get; }

    public LocalPartition Partition { get; }

    /// <summary>How many times <see cref="AddUntilAcceptedAsync"/> was refused.</summary>
    public long Refusals => Volatile.Read(ref _refusals);

    public IJournal Journal => _store.Partitions[0].Journal;

    /// <summary>Starts a partition on a new database.</summary>
    /// <param name="cluster">The server.</param>
    /// <param name="settings">Additional settings for the connection string.</param>
    /// <param name="database">A connection string for an empty database, or null for a new one.</param>
    /// <param name="skewMax">How far the time of a commit may be behind the clock, or null for the usual limit.</param>
    public static async Task<RunningLedger> StartAsync(PostgresCluster cluster, string settings = "", string? database = null, TimeSpan? skewMax = null)
    {
        database ??= await cluster.CreateDatabaseAsync();
        LossyWire wire = new(cluster.Port);
        string throughWire = new NpgsqlConnectionStringBuilder($"{database};{settings}") { Port = wire.Port }.ConnectionString;
        PostgresStoreOptions options = new() { ConnectionStrings = [throughWire], Partitions = 1 };
        options.SkewMax = skewMax ?? options.SkewMax;
        // A short timeout of the test must not apply to the creation of the tables.
        await (await PostgresStore.OpenAsync(Direct(database), NullLogger.Instance, CancellationToken.None)).DisposeAsync();
        PostgresStore store = await PostgresStore.OpenAsync(options, NullLogger.Instance, CancellationToken.None);
        RunningLedger ledger = new(cluster, database, wire, store);
        await ledger.Partition.StartAsync(CancellationToken.None);
        return ledger;
    }

    /// <summary>Adds points to an account, with an idempotency key.</summary>
    public Task<Outcome<Receipt>> AddAsync(string account, long points, string key)
    {
        AddTransaction add = new(Given.Account(account), Given.Payer("DANNON"), new Points(points), Given.Time);
        return Partition.ExecuteAsync(
            add with { Origin = new Origin { Key = Given.Key(key), KeyHash = CommandHash.Compute(add) } },
            CancellationToken.None).AsTask().WaitAsync(AnswerMax);
    }

    /// <summary>Adds points, and repeats the same command until the partition accepts it, as a client does that is told to repeat.</summary>
    public async Task<Receipt> AddUntilAcceptedAsync(string account, long points, string key)
    {
        Receipt? receipt = null;
        await Eventually.TrueAsync(
            async () =>
            {
                Outcome<Receipt> outcome = await AddAsync(account, points, key);
                if (outcome.IsRefused)
                {
                    Assert.Contains(outcome.Refusal.Code, new[] { RefusalCode.OutcomeUnknown, RefusalCode.StorageUnavailable, RefusalCode.Overloaded });
                    Interlocked.Increment(ref _refusals);
                }

                receipt = outcome.Value;
                return receipt is not null;
            },
            TimeSpan.FromMinutes(5),
            () => $"{key} is taken.");
        return receipt!;
    }

    /// <summary>Waits until an account has this balance. Right after a disturbance, the partition may refuse one read.</summary>
    public async Task WaitForBalanceAsync(string account, long points)
    {
        Outcome<AccountBalance> found = default;
        await Eventually.TrueAsync(
            async () =>
            {
                found = await BalanceAsync(account);
                return found.Value?.Points.Value == points;
            },
            AnswerMax,
            () => $"The balance of {account} is {points}: {found}");
    }

    public Task<Outcome<AccountBalance>> BalanceAsync(string account) =>
        Partition.ReadBalanceAsync(Given.Account(account), CancellationToken.None).AsTask().WaitAsync(AnswerMax);

    /// <summary>Waits until the partition reports that it is healthy. Like a health check, it also sends a query.</summary>
    public Task WaitUntilReadyAsync() => Eventually.TrueAsync(
        async () => !(await BalanceAsync("health")).IsRefused && Partition.Health.IsReady, AnswerMax, () => $"The partition is ready: {Partition.Health}");

    /// <summary>Reads the journal, checks its seals, and returns how often each key was used.</summary>
    public async Task<Dictionary<string, int>> CountKeysAsync()
    {
        // This connection bypasses the wire and the short timeout that the test may have set.
        await using PostgresStore store = await PostgresStore.OpenAsync(Direct(Database), NullLogger.Instance, CancellationToken.None);
        IJournal journal = store.Partitions[0].Journal;
        await JournalVerification.VerifyAsync(journal, CancellationToken.None);
        List<Commit> commits = await StoreAssert.ReadAllAsync(journal);
        return commits.SelectMany(commit => commit.Entries)
            .Where(entry => entry.Origin?.Key is not null)
            .CountBy(entry => entry.Origin!.Key!.Value)
            .ToDictionary(StringComparer.Ordinal);
    }

    private static PostgresStoreOptions Direct(string database) => new() { ConnectionStrings = [$"{database};Timeout=60;Command Timeout=120"], Partitions = 1 };

    public async ValueTask DisposeAsync()
    {
        await Partition.DisposeAsync();
        await _store.DisposeAsync();
        await Wire.DisposeAsync();
    }
}
