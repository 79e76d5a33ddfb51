using Microsoft.Data.Sqlite;
using Pointbook.Access;
using Pointbook.Engine.Stores;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>The API keys in a SQLite file of their own. Servers and the command line use it at the same time. Thread-safe.</summary>
public sealed class SqliteKeyStore : IKeyStore
{
    /// <summary>The name of the file.</summary>
    public const string KeyFile = "pointbook.keys.db";

    private readonly Pool<KeyReader> _readers;
    private readonly Pool<KeyWriter> _writers;
    private readonly SemaphoreSlim _turn = new(1);

    private SqliteKeyStore(string path, TimeSpan busyTimeout)
    {
        _readers = new Pool<KeyReader>(() => new KeyReader(path, busyTimeout));
        _writers = new Pool<KeyWriter>(() => new KeyWriter(path, busyTimeout));
    }

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
    public ValueTask<long> ReadVersionAsync(CancellationToken cancellationToken) => Read(reader => reader.ReadVersion(), cancellationToken);

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
        return ValueTask.CompletedTask;
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
    private static TResult Use<TConnection, TResult>(Pool<TConnection> pool, Func<TConnection, TResult> use, string verb)
        where TConnection : class, IDisposable
    {
        try
        {
            TConnection connection = pool.Rent();
            try
            {
                TResult result = use(connection);
                pool.Return(connection);
                return result;
            }
            catch
            {
                // It may stand in the middle of a transaction, which ends with it.
                connection.Dispose();
                throw;
            }
        }
        catch (Exception failure) when (failure is SqliteException or FormatException or ArgumentException or OverflowException)
        {
            throw new KeyStoreException($"The API keys could not be {verb}: {failure.Message}", failure);
        }
    }
}
