using Microsoft.Extensions.Logging;
using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <summary>An open data directory: its lock, its journal, its account store and its read model.</summary>
public sealed class SqliteStore : IStore
{
    internal const string JournalFile = "pointbook.db";
    internal const string AccountStoreFile = "pointbook.accounts.db";
    private readonly DirectoryLock _lock;

    private SqliteStore(DirectoryLock directoryLock, SqliteJournal journal, SqliteAccountStore accountStore, SqliteReadModel readModel)
    {
        _lock = directoryLock;
        Journal = journal;
        AccountStore = accountStore;
        ReadModel = readModel;
        Partitions = [new StoredPartition(journal, accountStore, readModel)];
    }

    /// <inheritdoc/>
    public IReadOnlyList<StoredPartition> Partitions { get; }

    /// <summary>The journal of the one partition.</summary>
    public SqliteJournal Journal { get; }

    /// <summary>The account store of the one partition.</summary>
    public SqliteAccountStore AccountStore { get; }

    /// <summary>The read model of the one partition.</summary>
    public SqliteReadModel ReadModel { get; }

    /// <summary>Opens a data directory and creates what is missing.</summary>
    /// <param name="options">The location of the store.</param>
    /// <param name="clock">The clock that commits are compared with.</param>
    /// <param name="logger">Where to log.</param>
    /// <exception cref="StoreException">The directory is in use, is not writable, or contains no store of this version.</exception>
    public static SqliteStore Open(SqliteStoreOptions options, TimeProvider clock, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Fault() is { } fault)
        {
            throw new StoreException(fault);
        }

        Database.Configure();
        string directory = Path.GetFullPath(options.Directory);
        Database.CreateDirectory(directory);
        DirectoryLock directoryLock = DirectoryLock.Acquire(directory);
        SqliteJournal? journal = null;
        try
        {
            journal = SqliteJournal.Open(Path.Combine(directory, JournalFile), options, clock);
            SqliteAccountStore accountStore = SqliteAccountStore.Open(Path.Combine(directory, AccountStoreFile), options, clock, logger);
            return new SqliteStore(directoryLock, journal, accountStore, new SqliteReadModel(directory, options, clock, logger));
        }
        catch
        {
            journal?.Dispose();
            directoryLock.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<bool> WasSecuredAsync(CancellationToken cancellationToken) => Task.FromResult(Journal.WasSecured);

    /// <inheritdoc/>
    public Task MarkSecuredAsync(CancellationToken cancellationToken)
    {
        try
        {
            Journal.MarkSecured();
            return Task.CompletedTask;
        }
        catch (StoreException failure)
        {
            return Task.FromException(failure);
        }
    }

    /// <inheritdoc/>
    public Task<bool> ClaimClockAsync(bool isTest, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult(Journal.ClaimClock(isTest));
        }
        catch (StoreException failure)
        {
            return Task.FromException<bool>(failure);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await ReadModel.DisposeAsync().ConfigureAwait(false);
        await AccountStore.DisposeAsync().ConfigureAwait(false);
        await Journal.DisposeAsync().ConfigureAwait(false);
        _lock.Dispose();
    }
}
