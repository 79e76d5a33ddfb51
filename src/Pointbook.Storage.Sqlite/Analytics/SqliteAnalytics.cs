using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Pointbook.Engine;
using Pointbook.Engine.Analytics;

namespace Pointbook.Storage.Sqlite.Analytics;

/// <summary>Analytics tables in a separate SQLite file. Thread-safe.</summary>
public sealed class SqliteAnalytics : IAnalyticsStore
{
    /// <summary>The default name of the file.</summary>
    public const string DefaultFile = "pointbook.analytics.db";

    private readonly TimeSpan _busyTimeout;
    private readonly ILogger _logger;

    // SQLite uses no mutexes here (see Database), so this lock keeps two threads from using the connection at once.
    private readonly Lock _lock = new();
    private readonly LeftoverPurge _leftovers;
    private AnalyticsWriter? _writer;

    private SqliteAnalytics(string path, SqliteStoreOptions options, ILogger logger)
    {
        (Place, _busyTimeout, _logger) = (path, options.BusyTimeout, logger);
        _leftovers = new LeftoverPurge(path, options, logger);
    }

    /// <summary>The path of the file.</summary>
    public string Place { get; }

    /// <summary>Describes the tables of a file. Opens and creates nothing yet.</summary>
    /// <param name="options">The directory of the store and how long to wait for locks.</param>
    /// <param name="file">The file. A relative path starts at the directory of the store.</param>
    /// <param name="logger">Where to log.</param>
    public static SqliteAnalytics Create(SqliteStoreOptions options, string file, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new SqliteAnalytics(Path.GetFullPath(file, Path.GetFullPath(options.Directory)), options, logger);
    }

    /// <inheritdoc/>
    public ValueTask<AnalyticsPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken) => Use(writer => writer.ReadPosition(partition), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> ApplyAsync(AnalyticsRound round, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(round);
        return Use(writer => writer.TryApply(round, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> EmptyAsync(int partition, CancellationToken cancellationToken) => Use(writer => writer.Empty(partition), cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            Close();
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>Uses the connection, and converts failures of SQLite and the file system.</summary>
    private ValueTask<TResult> Use<TResult>(Func<AnalyticsWriter, TResult> use, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            try
            {
                if (_writer is not null && !File.Exists(Place))
                {
                    // The operator has deleted the file to have it refilled.
                    Close();
                }

                _writer ??= new AnalyticsWriter(Place, _busyTimeout, _leftovers, reason => _logger.AnalyticsCreated(Place, reason));
                return new ValueTask<TResult>(use(_writer));
            }
            catch (SqliteException failure) when (failure.SqliteErrorCode == SQLitePCL.raw.SQLITE_CONSTRAINT)
            {
                Close();
                throw new AnalyticsDamagedException($"The rows in {Place} do not match the next entries of the journal: {failure.Message}", failure);
            }
            catch (Exception failure) when (failure is SqliteException or IOException or UnauthorizedAccessException or InvalidRowException)
            {
                Close();
                throw new StorageFailureException($"Pointbook could not use the analytics tables in {Place}: {Advise(failure)}", failure);
            }
            catch
            {
                // A statement may have stopped before its end.
                Close();
                throw;
            }
        }
    }

    private static string Advise(Exception failure) => failure switch
    {
        SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB or SQLitePCL.raw.SQLITE_ERROR } =>
            $"{failure.Message} Delete the file. The server then creates and fills a new one.",
        _ => failure.Message,
    };

    private void Close()
    {
        _writer?.Dispose();
        _writer = null;
    }
}
