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
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Storage;

/// <summary>Hosts the one partition of the embedded store in this process. It starts before the server listens and stops after it.</summary>
internal sealed class LedgerHost(
    IOptions<SqliteStoreOptions> storeOptions,
    IOptions<PartitionOptions> partitionOptions,
    IOptions<ProjectorOptions> projectorOptions,
    TimeProvider clock,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers) : ILedger, IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan DrainTimeMax = TimeSpan.FromSeconds(30);

    private SqliteStore? _store;
    private Partition? _partition;

    /// <summary>What the partition says of itself; all false before the start.</summary>
    public PartitionHealth Health => _partition?.Health ?? default;

    private Partition Running => _partition ?? throw new InvalidOperationException("The ledger has not been started.");

    /// <inheritdoc/>
    public ValueTask<Outcome<Receipt>> ExecuteAsync(Command command, CancellationToken cancellationToken) =>
        Running.ExecuteAsync(command, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<Outcome<AccountBalance>> ReadBalanceAsync(AccountId account, CancellationToken cancellationToken) =>
        Running.ReadBalanceAsync(account, cancellationToken);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        ILogger logger = loggers.CreateLogger("Pointbook");
        try
        {
            _store = SqliteStore.Open(storeOptions.Value, clock, logger);
            // Said once the server listens, so that a start that is refused says only why.
            lifetime.ApplicationStarted.Register(() => LogMessages.DataDirectory(logger, Path.GetFullPath(storeOptions.Value.Directory)));
            _partition = new Partition(new PartitionParts
            {
                Journal = _store.Journal,
                Projection = _store.Projection,
                Clock = clock,
                NewCommitId = Guid.NewGuid,
                Random = new Random(Environment.ProcessId),
                Logger = logger,
                Options = partitionOptions.Value,
                ProjectorOptions = projectorOptions.Value,
            });
            await _partition.StartAsync(cancellationToken);
        }
        catch (Exception failure) when (failure is StoreException or JournalException)
        {
            throw new StartRefusedException(failure.Message, failure);
        }
    }

    /// <inheritdoc/>
    /// <remarks>It has a bound of its own: a client that never ends its request uses up the host's, and what was accepted is finished all the same.</remarks>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_partition is not null)
        {
            using CancellationTokenSource tooLong = new(DrainTimeMax, clock);
            await _partition.StopAsync(tooLong.Token);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The container knows this host under three names and disposes it once for each.
        (Partition? partition, SqliteStore? store) = (_partition, _store);
        (_partition, _store) = (null, null);
        if (partition is not null)
        {
            await partition.DisposeAsync();
        }

        if (store is not null)
        {
            await store.DisposeAsync();
        }
    }
}
