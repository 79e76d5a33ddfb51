using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <summary>The journal of a data directory that is there, opened to be read: nothing is created, upgraded or changed.</summary>
public sealed class ReadOnlySqliteStore : IAsyncDisposable
{
    private readonly DirectoryLock? _lock;

    private ReadOnlySqliteStore(DirectoryLock? directoryLock, SqliteJournal journal) => (_lock, Journal) = (directoryLock, journal);

    /// <summary>The journal of the one partition.</summary>
    public SqliteJournal Journal { get; }

    /// <inheritdoc cref="SqliteJournal.WasSecured"/>
    public bool WasSecured => Journal.WasSecured;

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
            return new ReadOnlySqliteStore(directoryLock, SqliteJournal.OpenReadOnly(path, options, clock));
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
        await Journal.DisposeAsync().ConfigureAwait(false);
        _lock?.Dispose();
    }
}
