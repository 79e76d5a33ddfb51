using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <summary>The journal of a data directory that is there, opened to be read: nothing is created, upgraded or changed.</summary>
public sealed class ReadOnlySqliteStore : IAsyncDisposable
{
    private readonly DirectoryLock? _lock;

    private SqliteProjection? _projection;
    private readonly Func<(SqliteProjection? Projection, string? Reason)> _openProjection;

    private ReadOnlySqliteStore(DirectoryLock? directoryLock, SqliteJournal journal, Func<(SqliteProjection? Projection, string? Reason)> openProjection) =>
        (_lock, Journal, _openProjection) = (directoryLock, journal, openProjection);

    /// <summary>The journal of the one partition.</summary>
    public SqliteJournal Journal { get; }

    /// <inheritdoc cref="SqliteJournal.WasSecured"/>
    public bool WasSecured => Journal.WasSecured;

    /// <summary>Opens the projection to read it. Nothing is changed.</summary>
    /// <returns>The projection, which is closed with the store, or why there is none that can be read.</returns>
    /// <exception cref="StoreException">It cannot be opened for a reason that is not its content.</exception>
    public (SqliteProjection? Projection, string? Reason) OpenProjection()
    {
        (SqliteProjection? Projection, string? Reason) opened = _openProjection();
        _projection = opened.Projection;
        return opened;
    }

    /// <summary>Opens the journal.</summary>
    /// <param name="options">Where it is.</param>
    /// <param name="clock">The clock of the process.</param>
    /// <param name="isExclusive">Whether servers are kept out until this is disposed of; otherwise one may run beside it.</param>
    /// <exception cref="StoreException">There is no store of this version, or a server uses it although it must not.</exception>
    public static ReadOnlySqliteStore Open(SqliteStoreOptions options, TimeProvider clock, bool isExclusive)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Fault() is { } fault)
        {
            throw new StoreException(fault);
        }

        string directory = Path.GetFullPath(options.Directory);
        string path = Path.Combine(directory, SqliteStore.JournalFile);
        if (!File.Exists(path))
        {
            throw new StoreException($"{directory} holds no store: there is no {SqliteStore.JournalFile}; name the directory of a store.");
        }

        Database.Configure();
        DirectoryLock? directoryLock = isExclusive ? DirectoryLock.Acquire(directory) : null;
        try
        {
            string projection = Path.Combine(directory, SqliteStore.ProjectionFile);
            return new ReadOnlySqliteStore(
                directoryLock, SqliteJournal.OpenReadOnly(path, options, clock), () => SqliteProjection.OpenReadOnly(projection, options, clock));
        }
        catch
        {
            directoryLock?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_projection is not null)
        {
            await _projection.DisposeAsync().ConfigureAwait(false);
        }

        await Journal.DisposeAsync().ConfigureAwait(false);
        _lock?.Dispose();
    }
}
