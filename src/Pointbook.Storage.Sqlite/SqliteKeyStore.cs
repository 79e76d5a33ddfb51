using Microsoft.Data.Sqlite;
using Pointbook.Access;
using Pointbook.Engine.Stores;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>The API keys in a SQLite file of their own. Servers and the command line use it at the same time. Thread-safe.</summary>
/// <remarks>
/// Once the file was moved away, removed or replaced, everything fails until it is opened anew: what is open then is not what others revoke keys in,
/// and a write-ahead log that was left behind would spoil whatever took its place.
/// </remarks>
public sealed class SqliteKeyStore : IKeyStore
{
    /// <summary>The name of the file.</summary>
    public const string KeyFile = "pointbook.keys.db";

    private readonly Pool<KeyReader> _readers;
    private readonly Pool<KeyWriter> _writers;
    private readonly SemaphoreSlim _turn = new(1);
    private readonly FileAnchor _anchor;

    private SqliteKeyStore(string path, TimeSpan busyTimeout)
    {
        _anchor = new FileAnchor(path, busyTimeout);
        Place = path;
        HasLedger = File.Exists(Path.Combine(Path.GetDirectoryName(path)!, SqliteStore.JournalFile));
        _readers = new Pool<KeyReader>(() => new KeyReader(path, busyTimeout));
        _writers = new Pool<KeyWriter>(() => new KeyWriter(path, busyTimeout));
    }

    /// <summary>The file.</summary>
    public string Place { get; }

    /// <summary>Whether there was a ledger beside it when it was opened.</summary>
    public bool HasLedger { get; }

    /// <summary>Opens the file, creating what is missing. Others may open it at the same time.</summary>
    /// <param name="options">Where it is. There may be no other store in the directory yet.</param>
    /// <exception cref="StoreException">The directory cannot be written to, or the file is of a newer version or no store of keys.</exception>
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
            // The write-ahead log comes first: a file without one cannot be read while somebody else brings its schema up to date.
            Database.OpenWriter(path, "FULL", options.BusyTimeout).Dispose();
            Database.Migrate(path, "Keys", options.BusyTimeout);
            return new SqliteKeyStore(path, options.BusyTimeout);
        }
        catch (SqliteException failure)
        {
            throw new StoreException($"The API keys in {path} cannot be opened: {failure.Message}", failure);
        }
    }

    /// <summary>Opens the file if there is one, and creates nothing.</summary>
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

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _readers.Dispose();
        _writers.Dispose();
        _turn.Dispose();
        _anchor.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Creates the file if it is missing, for its owner alone; what SQLite puts beside it gets the same rights.</summary>
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
            // It is there already, with the rights that somebody gave it; or it cannot be created, which is found out next.
        }
    }

    private ValueTask<TResult> Read<TResult>(Func<KeyReader, TResult> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return new ValueTask<TResult>(Use(_readers, read, "read"));
    }

    private async ValueTask<TResult> ChangeAsync<TResult>(Func<KeyWriter, TResult> change, CancellationToken cancellationToken)
    {
        // Within a process changes queue here; only those of other processes are waited for by trying again and again.
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return Use(_writers, change, "changed");
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Uses a connection that nobody else uses meanwhile.</summary>
    private TResult Use<TConnection, TResult>(Pool<TConnection> pool, Func<TConnection, TResult> use, string verb)
        where TConnection : class, IDisposable
    {
        try
        {
            _anchor.Check();
            TConnection connection = pool.Rent();
            TResult result;
            try
            {
                result = use(connection);
            }
            catch
            {
                // It may stand in the middle of a transaction, which ends with it.
                connection.Dispose();
                throw;
            }

            pool.Return(connection);
            // Nothing is said to be so that was read from, or written to, a file that nobody else finds.
            _anchor.Check();
            return result;
        }
        catch (Exception failure) when (failure is SqliteException or IOException or FormatException or ArgumentException or OverflowException)
        {
            throw new KeyStoreException($"The API keys could not be {verb}: {failure.Message}", failure);
        }
    }
}
