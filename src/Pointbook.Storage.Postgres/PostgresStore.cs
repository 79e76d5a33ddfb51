using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;
using Pointbook.Storage.Postgres.Analytics;

namespace Pointbook.Storage.Postgres;

/// <summary>An open store in one or several PostgreSQL databases. Other processes may have it open as well.</summary>
public sealed class PostgresStore : IStore
{
    private readonly IReadOnlyList<Database> _databases;
    private readonly IReadOnlyList<(PostgresJournal Journal, PostgresAccountStore AccountStore, PostgresReadModel ReadModel)> _partitions;
    private IReadOnlyList<StoreRow> _rows;

    private PostgresStore(
        IReadOnlyList<Database> databases, IReadOnlyList<StoreRow> rows, PostgresStoreOptions options, bool isReadOnly, ILogger logger)
    {
        _databases = databases;
        _rows = rows;
        _partitions =
        [
            .. databases
                .SelectMany((database, index) => rows[index].Partitions.Select(partition => (Database: database, Partition: partition, rows[index].State)))
                .OrderBy(place => place.Partition)
                .Select(place => (
                    new PostgresJournal(place.Database.Journals, place.Partition, options, place.Database.ReadModels, place.State == StoreState.Importing),
                    new PostgresAccountStore(place.Database.AccountStores, place.Partition, logger, isReadOnly),
                    new PostgresReadModel(place.Database.ReadModels, place.Partition))),
        ];
        Partitions = [.. _partitions.Select(partition => new StoredPartition(partition.Journal, partition.AccountStore, partition.ReadModel))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<StoredPartition> Partitions { get; }

    /// <summary>Database number 0, wherever it is in the list.</summary>
    private Database Home => _databases.Where((_, index) => _rows[index].DatabaseNumber == 0).Single();

    /// <summary>The display names of the databases: names, hosts and ports.</summary>
    public IReadOnlyList<string> DatabaseNames => [.. _databases.Select(database => database.Name)];

    /// <summary>The problem with a connection string, as a sentence whose subject is its name, or null. It repeats nothing of the string.</summary>
    public static string? FaultOf(string connectionString)
    {
        Database.Parse(connectionString, out string? fault);
        return fault;
    }

    /// <summary>Opens a store, and upgrades the schemas of its databases. Creates the store if the databases are empty.</summary>
    /// <param name="options">The location of the store.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="cancellationToken">Cancels the opening. Schemas are changed completely or not at all.</param>
    /// <exception cref="StoreException">A database is unreachable, or the databases do not form a store.</exception>
    public static Task<PostgresStore> OpenAsync(PostgresStoreOptions options, ILogger logger, CancellationToken cancellationToken) =>
        OpenAsync(options, isReadOnly: false, logger, databases => StoreOpening.RunAsync(databases, options.Partitions, StoreState.Ready, logger, cancellationToken));

    /// <summary>Opens or creates a store to copy a journal into. No server can serve it before <see cref="CompleteImportAsync"/>.</summary>
    /// <exception cref="StoreException">As for <see cref="OpenAsync(PostgresStoreOptions, ILogger, CancellationToken)"/>, or the store was not created for an import.</exception>
    public static Task<PostgresStore> OpenForImportAsync(PostgresStoreOptions options, ILogger logger, CancellationToken cancellationToken) =>
        OpenAsync(options, isReadOnly: false, logger, databases => StoreOpening.RunAsync(databases, options.Partitions, StoreState.Importing, logger, cancellationToken));

    /// <summary>Opens an existing store for reading only. Servers may use it meanwhile. Nothing is locked, created, upgraded or changed.</summary>
    /// <exception cref="StoreException">A database is unreachable, or the databases do not form a store of this version.</exception>
    public static Task<PostgresStore> OpenReadOnlyAsync(PostgresStoreOptions options, CancellationToken cancellationToken) => OpenAsync(
        options, isReadOnly: true, NullLogger.Instance, databases => StoreOpening.ReadAsync(databases, cancellationToken));

    /// <summary>Appends commits of one partition that another journal already contains, with their ids, times and seals, whatever their age.</summary>
    /// <remarks>The caller must have checked the seals. The commits become durable together, in two round trips.</remarks>
    /// <returns>Whether they were appended. They are not if the first one does not follow the last commit here.</returns>
    /// <exception cref="JournalException">The database failed.</exception>
    public Task<bool> ImportAsync(IReadOnlyList<Commit> commits, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(commits);
        ArgumentOutOfRangeException.ThrowIfZero(commits.Count);
        if (_rows.Any(row => row.State != StoreState.Importing))
        {
            throw new InvalidOperationException("The store was not opened to be imported into.");
        }

        return _partitions[commits[0].Partition].Journal.ImportAsync(commits, cancellationToken);
    }

    /// <summary>Marks a store as ready to serve after its import.</summary>
    public async Task CompleteImportAsync(CancellationToken cancellationToken)
    {
        _rows = [.. _rows.Select(row => row with { State = StoreState.Ready })];
        for (int index = 0; index < _rows.Count; index++)
        {
            NpgsqlConnection connection = await _databases[index].Journals.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                await _rows[index].WriteAsync(connection, cancellationToken).ConfigureAwait(false);
            }
        }

        foreach ((PostgresJournal journal, _, _) in _partitions)
        {
            journal.EndImport();
        }
    }

    /// <inheritdoc/>
    public Task<bool> WasSecuredAsync(CancellationToken cancellationToken) => SecuredMark.ReadAsync(Home, cancellationToken);

    /// <inheritdoc/>
    public Task MarkSecuredAsync(CancellationToken cancellationToken) => SecuredMark.WriteAsync(Home, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ClaimClockAsync(bool isTest, CancellationToken cancellationToken) => ClockKind.ClaimAsync(Home, isTest, cancellationToken);

    /// <summary>Describes the analytics tables of all partitions in database number 0. Connects to nothing and creates nothing yet. The caller must dispose of them.</summary>
    public IAnalyticsStore CreateAnalytics(ILogger logger) => PostgresAnalytics.Create(Home.ConnectionString, logger);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (Database database in _databases)
        {
            await database.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task<PostgresStore> OpenAsync(
        PostgresStoreOptions options, bool isReadOnly, ILogger logger, Func<IReadOnlyList<Database>, Task<IReadOnlyList<StoreRow>>> findRows)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<Database> databases = Database.AllOf(options, isReadOnly);
        try
        {
            return new PostgresStore(databases, await findRows(databases).ConfigureAwait(false), options, isReadOnly, logger);
        }
        catch
        {
            foreach (Database database in databases)
            {
                await database.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }
}
