using Pointbook.Engine.Hosting;

namespace Pointbook.Storage.Sqlite;

/// <summary>The journal of an existing data directory, opened for reading only. Nothing is created, upgraded or changed.</summary>
public sealed class ReadOnlySqliteStore : IAsyncDisposable
{
    private readonly DirectoryLock? _lock;

    private SqliteAccountStore? _accountStore;
    private SqliteReadModel? _readModel;
    private readonly Func<(SqliteReadModel? ReadModel, string? Reason)> _openReadModel;
    private readonly Func<(SqliteAccountStore? AccountStore, string? Reason)> _openAccountStore;

    private ReadOnlySqliteStore(
        DirectoryLock? directoryLock,
        SqliteJournal journal,
        Func<(SqliteAccountStore? AccountStore, string? Reason)> openAccountStore,
        Func<(SqliteReadModel? ReadModel, string? Reason)> openReadModel) =>
        (_lock, Journal, _openAccountStore, _openReadModel) = (directoryLock, journal, openAccountStore, openReadModel);

    /// <summary>The journal of the one partition.</summary>
    public SqliteJournal Journal { get; }

    /// <inheritdoc cref="SqliteJournal.WasSecured"/>
    public bool WasSecured => Journal.WasSecured;

    /// <summary>Opens the account store for reading only. Nothing is changed.</summary>
    /// <returns>The account store, which closes with the store, or the reason why none can be read.</returns>
    /// <exception cref="StoreException">The account store cannot be opened for a reason other than its content.</exception>
    public (SqliteAccountStore? AccountStore, string? Reason) OpenAccountStore()
    {
        (SqliteAccountStore? AccountStore, string? Reason) opened = _openAccountStore();
        _accountStore = opened.AccountStore;
        return opened;
    }

    /// <summary>Opens the read model for reading only. Nothing is changed.</summary>
    /// <returns>The read model, which closes with the store, or the reason why none can be read.</returns>
    public (SqliteReadModel? ReadModel, string? Reason) OpenReadModel()
    {
        (SqliteReadModel? ReadModel, string? Reason) opened = _openReadModel();
        _readModel = opened.ReadModel;
        return opened;
    }

    /// <summary>Opens the journal.</summary>
    /// <param name="options">The location of the store.</param>
    /// <param name="clock">The clock of the process.</param>
    /// <param name="isExclusive">Whether to keep servers out until this is disposed of. Otherwise a server may run at the same time.</param>
    /// <exception cref="StoreException">There is no store of this version, or a server uses it although exclusive access was requested.</exception>
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
            throw new StoreException($"{directory} contains no store: the file {SqliteStore.JournalFile} is missing. Name the directory of a store.");
        }

        Database.Configure();
        DirectoryLock? directoryLock = isExclusive ? DirectoryLock.Acquire(directory) : null;
        try
        {
            string accountStore = Path.Combine(directory, SqliteStore.AccountStoreFile);
            return new ReadOnlySqliteStore(
                directoryLock, SqliteJournal.OpenReadOnly(path, options, clock), () => SqliteAccountStore.OpenReadOnly(accountStore, options, clock),
                () => SqliteReadModel.OpenReadOnly(directory, options, clock));
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
        if (_readModel is not null)
        {
            await _readModel.DisposeAsync().ConfigureAwait(false);
        }

        if (_accountStore is not null)
        {
            await _accountStore.DisposeAsync().ConfigureAwait(false);
        }

        await Journal.DisposeAsync().ConfigureAwait(false);
        _lock?.Dispose();
    }
}
