using System.Data.Common;
using Microsoft.Extensions.Options;
using Pointbook.Engine;
using Pointbook.Engine.Answers;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partitions;
using Pointbook.Engine.Projection;
using Pointbook.Engine.Stores;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Hosting;
using Pointbook.Storage.Postgres;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Storage;

/// <summary>Hosts all partitions of the store in this process. It starts before the server listens and stops after it.</summary>
internal sealed class LedgerHost(
    IOptions<StorageOptions> storageOptions,
    IOptions<SqliteStoreOptions> sqliteOptions,
    IOptions<PostgresStoreOptions> postgresOptions,
    IOptions<PartitionOptions> partitionOptions,
    IOptions<ProjectorOptions> projectorOptions,
    TimeProvider clock,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : ILedger, IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeMax = TimeSpan.FromSeconds(30);

    private IStore? _store;
    private PartitionedLedger? _ledger;
    private DurableJournalFeed? _feed;

    /// <summary>What the partitions say of themselves; all false before the start.</summary>
    public PartitionHealth Health => _ledger?.Health ?? default;

    /// <summary>The journals of the store, for those who follow them.</summary>
    public IJournalFeed Feed => _feed ?? throw new InvalidOperationException("The ledger has not been started.");

    private PartitionedLedger Running => _ledger ?? throw new InvalidOperationException("The ledger has not been started.");

    /// <inheritdoc/>
    public ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken) =>
        Running.ExecuteAsync(command, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        Running.ReadBalanceAsync(account, cancellationToken);

    /// <summary>Asks every partition whether it answers, as <see cref="PartitionedLedger.ProbeAsync"/> does.</summary>
    public Task<Refusal?> ProbeAsync(CancellationToken cancellationToken) => Running.ProbeAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ILogger logger = loggers.CreateLogger("Pointbook");
        try
        {
            OpenStore open = await OpenStore.OpenAsync(
                storageOptions.Value, sqliteOptions.Value, postgresOptions.Value, clock, logger, cancellationToken);
            _store = open.Store;
            // Said once the server listens, so that a start that is refused says only why.
            lifetime.ApplicationStarted.Register(() => LogMessages.DataPlace(logger, open.Place));
            _feed = new DurableJournalFeed([.. _store.Partitions.Select(partition => partition.Journal)]);
            _ledger = new PartitionedLedger([.. _store.Partitions.Select(partition => new Partition(PartsOf(partition, logger)))]);
            await _ledger.StartAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is StoreException or JournalException or ProjectionDamagedException)
        {
            throw new StartRefusedException(failure.Message, failure);
        }
        catch (Exception failure) when (failure is DbException or IOException)
        {
            throw new StartRefusedException(
                $"The projection could not be brought up to date; see to the store and start again: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }

    /// <inheritdoc/>
    /// <remarks>It has a bound of its own: a client that never ends its request uses up the host's, and what was accepted is finished all the same.</remarks>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_ledger is not null)
        {
            using CancellationTokenSource tooLong = new(DrainTimeMax, clock);
            await _ledger.StopAsync(tooLong.Token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The container knows this host under three names and disposes it once for each.
        (PartitionedLedger? ledger, IStore? store) = (_ledger, _store);
        (_ledger, _store) = (null, null);
        if (ledger is not null)
        {
            await ledger.DisposeAsync();
        }

        if (store is not null)
        {
            await store.DisposeAsync();
        }
    }

    private PartitionParts PartsOf(StoredPartition partition, ILogger logger) => new()
    {
        Journal = partition.Journal,
        Projection = partition.Projection,
        Clock = clock,
        NewCommitId = Guid.NewGuid,
        Random = new Random(HashCode.Combine(Environment.ProcessId, partition.Journal.Partition)),
        Logger = _store!.Partitions.Count == 1 ? logger : loggers.CreateLogger($"Pointbook.Partition{partition.Journal.Partition}"),
        Options = partitionOptions.Value.ShareOf(_store.Partitions.Count),
        ProjectorOptions = projectorOptions.Value,
    };
}
