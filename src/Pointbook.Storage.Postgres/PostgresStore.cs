using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Pointbook.Engine.Hosting;
using Pointbook.Engine.Journal;

namespace Pointbook.Storage.Postgres;

/// <summary>A store in one or several PostgreSQL databases that is open. Other processes may have it open as well.</summary>
public sealed class PostgresStore : IStore
{
    private readonly IReadOnlyList<Database> _databases;
    private readonly IReadOnlyList<(PostgresJournal Journal, PostgresProjection Projection)> _partitions;
    private IReadOnlyList<StoreRow> _rows;

    private PostgresStore(
        IReadOnlyList<Database> databases, IReadOnlyList<StoreRow> rows, PostgresStoreOptions options, bool isReadOnly, ILogger logger)
    {
        _databases = databases;
        _rows = rows;
        _partitions =
        [
            .. databases
                .SelectMany((database, index) => rows[index].Partitions.Select(partition => (Database: database, Partition: partition)))
                .OrderBy(place => place.Partition)
                .Select(place => (
                    new PostgresJournal(place.Database.Journals, place.Partition, options),
                    new PostgresProjection(place.Database.Projections, place.Partition, logger, isReadOnly))),
        ];
        Partitions = [.. _partitions.Select(partition => new StoredPartition(partition.Journal, partition.Projection))];
    }

    /// <inheritdoc/>
    public IReadOnlyList<StoredPartition> Partitions { get; }

    /// <summary>Database number 0, whichever place it was named in.</summary>
    private Database Home => _databases.Where((_, index) => _rows[index].DatabaseNumber == 0).Single();

    /// <summary>What people call the databases: names, hosts and ports.</summary>
    public IReadOnlyList<string> DatabaseNames => [.. _databases.Select(database => database.Name)];

    /// <summary>What is wrong with a connection string, as a sentence whose subject is its name, or null. It repeats nothing of the string.</summary>
    public static string? FaultOf(string connectionString)
    {
        Database.Parse(connectionString, out string? fault);
        return fault;
    }

    /// <summary>Opens a store, creating it if the databases are empty, and brings their schemas up to date.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="cancellationToken">Ends the opening; schemas are changed wholly or not at all.</param>
    /// <exception cref="StoreException">A database cannot be reached, or the databases do not make a store.</exception>
    public static Task<PostgresStore> OpenAsync(PostgresStoreOptions options, ILogger logger, CancellationToken cancellationToken) =>
        OpenAsync(options, isReadOnly: false, logger, databases => StoreOpening.RunAsync(databases, options.Partitions, StoreState.Ready, logger, cancellationToken));

    /// <summary>Opens or creates a store that a journal is copied into. It cannot be served before <see cref="CompleteImportAsync"/>.</summary>
    /// <exception cref="StoreException">As for <see cref="OpenAsync(PostgresStoreOptions, ILogger, CancellationToken)"/>, or it is a store that was not created for this.</exception>
    public static Task<PostgresStore> OpenForImportAsync(PostgresStoreOptions options, ILogger logger, CancellationToken cancellationToken) =>
        OpenAsync(options, isReadOnly: false, logger, databases => StoreOpening.RunAsync(databases, options.Partitions, StoreState.Importing, logger, cancellationToken));

    /// <summary>Opens a store that is there, to read it only. Servers may use it meanwhile; nothing is locked, created, upgraded or changed.</summary>
    /// <exception cref="StoreException">A database cannot be reached, or the databases do not make a store of this version.</exception>
    public static Task<PostgresStore> OpenReadOnlyAsync(PostgresStoreOptions options, CancellationToken cancellationToken) => OpenAsync(
        options, isReadOnly: true, NullLogger.Instance, databases => StoreOpening.ReadAsync(databases, cancellationToken));

    /// <summary>Appends commits of one partition that another journal holds already, with their ids, times and seals, however old they are.</summary>
    /// <remarks>Whoever calls has checked the seals. They become durable together, in one round trip.</remarks>
    /// <returns>Whether they were appended; they were not if the first one does not follow the last commit here.</returns>
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

    /// <summary>Lets a store be served whose import has come to its end.</summary>
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
    }

    /// <inheritdoc/>
    public Task<bool> WasSecuredAsync(CancellationToken cancellationToken) => SecuredMark.ReadAsync(Home, cancellationToken);

    /// <inheritdoc/>
    public Task MarkSecuredAsync(CancellationToken cancellationToken) => SecuredMark.WriteAsync(Home, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ClaimClockAsync(bool isTest, CancellationToken cancellationToken) => ClockKind.ClaimAsync(Home, isTest, cancellationToken);

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
