using Microsoft.Data.Sqlite;
using Pointbook.Access;
using Pointbook.Engine;
using Pointbook.Engine.Hosting;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>The API keys in a separate SQLite file. Servers and the command line use it at the same time. Thread-safe.</summary>
/// <remarks>
/// Each use opens the file by name and closes it again, and there is no write-ahead log. So every process reads and revokes keys in the same file,
/// even after an operator moved, replaced or overwrote the file or a link to it. Changes are few, so the cost is negligible.
/// </remarks>
public sealed class SqliteKeyStore : IKeyStore
{
    /// <summary>The name of the file.</summary>
    public const string KeyFile = "pointbook.keys.db";

    private readonly SemaphoreSlim _turn = new(1);
    private readonly TimeSpan _busyTimeout;

    private SqliteKeyStore(string path, TimeSpan busyTimeout)
    {
        _busyTimeout = busyTimeout;
        Place = path;
        HasLedger = File.Exists(Path.Combine(Path.GetDirectoryName(path)!, SqliteStore.JournalFile));
    }

    /// <summary>The path of the file.</summary>
    public string Place { get; }

    /// <summary>Whether there was a ledger beside the file when it was opened.</summary>
    public bool HasLedger { get; }

    /// <summary>Opens the file and creates what is missing. Other processes may open it at the same time.</summary>
    /// <param name="options">The location of the store. The directory need not contain a ledger yet.</param>
    /// <exception cref="StoreException">The directory is not writable, or the file is of a newer version, or not a store of keys.</exception>
    public static SqliteKeyStore Open(SqliteStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Fault() is { } fault)
        {
            throw new StoreException(fault);
        }

        Database.Configure();
        string directory = Path.GetFullPath(options.Directory);
        Database.CreateDirectory(directory);
        string path = Path.Combine(directory, KeyFile);
        try
        {
            CreateFile(path);
            Database.Migrate(path, "Keys", options.BusyTimeout);
            return new SqliteKeyStore(path, options.BusyTimeout);
        }
        catch (SqliteException failure)
        {
            throw new StoreException($"Pointbook can't open the API keys in {path}: {failure.Message} Check that the server's user may read and write the file and its directory.", failure);
        }
    }

    /// <summary>Opens the file if it exists, and creates nothing.</summary>
    /// <returns>The keys, or null if there is no file.</returns>
    /// <exception cref="StoreException">As for <see cref="Open"/>.</exception>
    public static SqliteKeyStore? OpenIfThere(SqliteStoreOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return File.Exists(Path.Combine(Path.GetFullPath(options.Directory), KeyFile)) ? Open(options) : null;
    }

    /// <inheritdoc/>
    public ValueTask<KeyVersion> ReadVersionAsync(CancellationToken cancellationToken) => Read(reader => reader.ReadVersion(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeySnapshot> ReadSnapshotAsync(CancellationToken cancellationToken) => Read(reader => reader.ReadSnapshot(), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<KeyAddition> AddAsync(ApiKey key, int countMax, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(key);
        return ChangeAsync(writer => writer.Add(key, countMax), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ApiKey?> RevokeAsync(KeyId id, Instant at, string? by, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        return ChangeAsync(writer => writer.Revoke(id, at, by), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<ApiKey?> FindAsync(KeyId id, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(id);
        return Read(reader => reader.Find(id), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<ApiKey>> ListAsync(KeyId? after, int countMax, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(countMax);
        return Read(reader => reader.List(after, countMax), cancellationToken);
    }

    /// <summary>Marks the ledger beside the keys as secured, for ever. Without a ledger, does nothing: the server that creates one marks it.</summary>
    /// <exception cref="StoreException">The ledger could not be marked.</exception>
    public void MarkSecured()
    {
        if (!HasLedger)
        {
            return;
        }

        string journal = Path.Combine(Path.GetDirectoryName(Place)!, SqliteStore.JournalFile);
        try
        {
            SecuredMark.Write(journal, _busyTimeout);
        }
        catch (SqliteException failure)
        {
            throw SecuredMark.Failed(journal, failure);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _turn.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Creates the file if it is missing, accessible only to its owner. SQLite gives the files beside it the same rights.</summary>
    private static void CreateFile(string path)
    {
        FileStreamOptions create = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            create.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            new FileStream(path, create).Dispose();
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            // The file already exists, with the rights that the operator set, or it cannot be created, which the next step reports.
        }
    }

    private ValueTask<TResult> Read<TResult>(Func<KeyReader, TResult> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<TResult>(Use(() => new KeyReader(Place, _busyTimeout), read, "read"));
    }

    private async ValueTask<TResult> ChangeAsync<TResult>(Func<KeyWriter, TResult> change, CancellationToken cancellationToken)
    {
        // Changes queue here within a process. Only changes of other processes are awaited by polling.
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Use(() => new KeyWriter(Place, _busyTimeout), change, "changed");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Opens the file by its name, uses it once and closes it.</summary>
    private static TResult Use<TConnection, TResult>(Func<TConnection> open, Func<TConnection, TResult> use, string verb)
        where TConnection : class, IDisposable
    {
        try
        {
            using TConnection connection = open();
            return use(connection);
        }
        catch (Exception failure) when (failure is SqliteException or InvalidRowException or IOException)
        {
            throw new KeyStoreException($"The API keys could not be {verb}: {failure.Message.TrimEnd('.')}.", failure);
        }
    }
}
