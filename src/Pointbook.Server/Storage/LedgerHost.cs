using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Engine.Queries;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Clocks;
using Pointbook.Server.Hosting;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Transactions;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Storage;

/// <summary>Hosts all partitions of the store in this process. It starts before the server listens and stops after the server has stopped listening.</summary>
internal sealed class LedgerHost(
    IOptions<StorageOptions> storageOptions,
    IOptions<SqliteStoreOptions> sqliteOptions,
    IOptions<PostgresStoreOptions> postgresOptions,
    IOptions<PartitionOptions> partitionOptions,
    IOptions<SnapshotWriterOptions> snapshotWriterOptions,
    IOptions<ReadModelOptions> readModelOptions,
    IOptions<SweeperOptions> sweeperOptions,
    IOptions<QueryOptions> queryOptions,
    IOptions<OperationOptions> operationOptions,
    IOptions<ExpiryOptions> expiryOptions,
    IOptions<IdempotencyOptions> idempotencyOptions,
    ServerClock clock,
    IHostApplicationLifetime lifetime,
    ProcessEnd end,
    ILoggerFactory loggers) : ILedger, ILedgerQueries, IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeMax = TimeSpan.FromSeconds(30);

    private IStore? _store;
    private OpenStore? _opened;
    private PartitionedLedger? _ledger;
    private BuildPlaces? _buildPlaces;
    private LedgerQueries? _queries;
    private DurableJournalFeed? _feed;
    private volatile bool _isDisposed;
    private JournalDamage? _damage;

    /// <summary>Whether damage to a journal was found since the start.</summary>
    public bool IsJournalDamaged => _damage?.IsFound == true;

    /// <summary>The health of the partitions; all false before the start.</summary>
    public PartitionHealth Health => _ledger?.Health ?? default;

    /// <summary>The journals of the store, for code that follows them.</summary>
    public IJournalFeed Feed => _feed ?? throw new InvalidOperationException("The ledger has not been started.");

    /// <summary>The journals of the partitions that this process runs.</summary>
    public IReadOnlyList<FollowedJournal> Journals { get; private set; } = [];

    /// <summary>The store, for code that reads its journals independently of the ledger.</summary>
    public OpenStore Opened => _opened ?? throw NotRunning();

    /// <summary>Records damage to a journal; null before the start.</summary>
    public JournalDamage? Damage => _damage;

    private IStore Store => _store ?? throw NotRunning();

    private PartitionedLedger Running => _ledger ?? throw NotRunning();

    private LedgerQueries Queries => _queries ?? throw new InvalidOperationException("The ledger has not been started.");

    /// <inheritdoc/>
    public int PartitionOf(AccountId account) => Running.PartitionOf(account);

    /// <inheritdoc/>
    public ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken) =>
        Running.ExecuteAsync(command, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        Running.ReadBalanceAsync(account, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<SpendPreview>> PreviewSpendAsync(SpendPoints spend, CancellationToken cancellationToken) =>
        Running.PreviewSpendAsync(spend, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<RecordedSpend>> ReadSpendAsync(AccountId account, EntryId spend, CancellationToken cancellationToken) =>
        Running.ReadSpendAsync(account, spend, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountOperation>> ReadOperationAsync(AccountId account, EntryId id, CancellationToken cancellationToken) =>
        Queries.ReadOperationAsync(account, id, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<OperationLines>> ReadLinesAsync(
        AccountId account, EntryId id, long after, int countMax, CancellationToken cancellationToken) =>
        Queries.ReadLinesAsync(account, id, after, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<HistoryPage>> ReadHistoryAsync(HistoryQuery query, CancellationToken cancellationToken) =>
        Queries.ReadHistoryAsync(query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsOfAsync(AccountId account, Instant knownAt, CancellationToken cancellationToken) =>
        Queries.ReadBalanceAsOfAsync(account, knownAt, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<EffectiveBalance>> ReadEffectiveBalanceAsync(
        AccountId account, Instant effectiveAt, Instant? knownAt, CancellationToken cancellationToken) =>
        Queries.ReadEffectiveBalanceAsync(account, effectiveAt, knownAt, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<LotPage>> ReadLotsAsync(AccountId account, LotPlace? after, int countMax, CancellationToken cancellationToken) =>
        Queries.ReadLotsAsync(account, after, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountPage>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) =>
        Queries.ListAccountsAsync(prefix, after, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<PayerPage>> ListPayersAsync(PayerName? only, PayerName? after, int countMax, CancellationToken cancellationToken) =>
        Queries.ListPayersAsync(only, after, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<PayerStatement>> ReadStatementAsync(PayerName payer, DateOnly from, DateOnly until, CancellationToken cancellationToken) =>
        Queries.ReadStatementAsync(payer, from, until, cancellationToken);

    /// <summary>Whether the store is marked as secured.</summary>
    /// <exception cref="StoreException">The store cannot be read now.</exception>
    public Task<bool> WasSecuredAsync(CancellationToken cancellationToken) => Store.WasSecuredAsync(cancellationToken);

    /// <summary>Permanently marks the store as secured, so that callers must authenticate.</summary>
    /// <exception cref="StoreException">The store cannot be written now.</exception>
    public Task MarkSecuredAsync(CancellationToken cancellationToken) => Store.MarkSecuredAsync(cancellationToken);

    /// <summary>Sets the test clock.</summary>
    /// <returns>As <see cref="ServerClock.SetAsync"/>.</returns>
    /// <exception cref="JournalException">A journal could not be read.</exception>
    public Task<Instant?> SetTestClockAsync(DateTimeOffset now, CancellationToken cancellationToken) =>
        clock.SetAsync(Feed, token => Running.ProbeAsync(token), now, cancellationToken);

    /// <summary>Probes every partition, as <see cref="PartitionedLedger.ProbeAsync"/> does.</summary>
    public Task<Refusal?> ProbeAsync(CancellationToken cancellationToken) => Running.ProbeAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ILogger logger = loggers.CreateLogger("Pointbook");
        try
        {
            OpenStore open = await OpenStore.OpenAsync(
                storageOptions.Value, sqliteOptions.Value, postgresOptions.Value, clock.Guard, logger, cancellationToken);
            (_store, _opened) = (open.Store, open);
            // Logged after the server listens, so that a refused start reports only its reason.
            lifetime.ApplicationStarted.Register(() => LogMessages.DataPlace(logger, open.Place));
            await clock.BeginAsync(_store, cancellationToken);
            if (clock.IsTest)
            {
                lifetime.ApplicationStarted.Register(() => LogMessages.TestClockUsed(logger));
            }

            _damage = new JournalDamage(logger);
            FailureLog failures = FailureLog.OfReads(logger, clock.Guard);
            _feed = new DurableJournalFeed([.. _store.Partitions.Select(partition => partition.Journal)], _damage, failures);
            _buildPlaces = new BuildPlaces(readModelOptions.Value.BuildsInFlightMax);
            LocalPartition[] hosted = [.. _store.Partitions.Select(partition => new LocalPartition(PartsOf(partition, _store.Partitions.Count, logger)))];
            Journals = [.. hosted.Select(partition => partition.Journal)];
            _ledger = new PartitionedLedger(hosted, hosted);
            _queries = new LedgerQueries(_ledger.Members, _store.Partitions, queryOptions.Value, clock.Guard, _damage, failures);
            await _ledger.StartAsync(cancellationToken);
        }
        catch (StoreException refused)
        {
            throw new StartRefusedException(SettingNames.Server.Explain(refused), refused);
        }
        catch (Exception failure) when (failure is JournalException or AccountStoreDamagedException)
        {
            throw new StartRefusedException(failure.Message, failure);
        }
        catch (StorageFailureException failure)
        {
            throw new StartRefusedException(
                $"The server could not update the account store. Check the store and start the server again: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    /// <inheritdoc/>
    /// <remarks>It has a separate time limit: a client that never ends its request uses up the host's, and the ledger must still complete accepted commands.</remarks>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_ledger is not null)
        {
            using CancellationTokenSource tooLong = new(DrainTimeMax, clock.Guard);
            await _ledger.StopAsync(tooLong.Token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The container registers this host under four names and disposes it once for each.
        (PartitionedLedger? ledger, IStore? store) = (_ledger, _store);
        (_ledger, _store, _isDisposed) = (null, null, true);
        if (ledger is not null)
        {
            await ledger.DisposeAsync();
            _queries?.Dispose();
            _buildPlaces?.Dispose();
        }

        if (store is not null)
        {
            await store.DisposeAsync();
        }
    }

    private InvalidOperationException NotRunning() =>
        _isDisposed ? new ObjectDisposedException(nameof(LedgerHost)) : new InvalidOperationException("The ledger has not been started.");

    /// <param name="partition">The stored parts of the partition.</param>
    /// <param name="hosted">The number of partitions that this process hosts.</param>
    /// <param name="logger">The logger to use if the partition is the only one.</param>
    private PartitionParts PartsOf(StoredPartition partition, int hosted, ILogger logger) => new()
    {
        Journal = partition.Journal,
        AccountStore = partition.AccountStore,
        ReadModel = partition.ReadModel,
        Clock = clock.Guard,
        Guard = clock.Guard,
        NewCommitId = Guid.NewGuid,
        Salts = RandomNumberGenerator.Fill,
        Random = new Random(HashCode.Combine(Environment.ProcessId, partition.Journal.Partition)),
        OnBug = _ => end.StopForBug(),
        Logger = hosted == 1 ? logger : loggers.CreateLogger($"Pointbook.Partition{partition.Journal.Partition}"),
        Policy = new LedgerPolicy
        {
            ExpiryAfter = expiryOptions.Value.Period(),
            KeysKeptFor = idempotencyOptions.Value.KeepFor,
        },
        Options = partitionOptions.Value.ShareOf(hosted),
        SnapshotWriterOptions = snapshotWriterOptions.Value,
        ReadModelOptions = readModelOptions.Value.ShareOf(hosted),
        BuildPlaces = _buildPlaces,
        SweeperOptions = sweeperOptions.Value,
        OperationOptions = operationOptions.Value,
        Damage = _damage,
    };
}
