using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.Analytics;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres.Analytics;

/// <summary>Analytics tables in the schema <c>analytics</c> of a PostgreSQL database, the ledger's or a separate one. Thread-safe.</summary>
public sealed class PostgresAnalytics : IAnalyticsStore
{
    // While an attempt to lock all tables waits, readers wait too (see BriefLocks). So there is one attempt in this time.
    private static readonly TimeSpan LockInterval = TimeSpan.FromSeconds(30);

    // The time between attempts to truncate tables that PostgreSQL does not truncate, for example because of a foreign key of another table.
    private static readonly TimeSpan TruncateInterval = TimeSpan.FromHours(1);

    private const string ReadPositionSql =
        """
        SELECT version, last_sequence, seal, is_emptying
        FROM analytics.export_schema
        LEFT JOIN analytics.export_position ON partition = $1
        """;

    private readonly NpgsqlDataSource _source;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _preparing = new(1);
    private volatile bool _isPrepared;
    private bool _wasPrepared;
    private long _truncateAgainAt;
    private long _dropAgainAt;

    // Why the tables could not be truncated or replaced last time, or null.
    private string? _notTruncated;
    private string? _notReplaced;

    private PostgresAnalytics(NpgsqlDataSource source, string place, ILogger logger) => (_source, Place, _logger) = (source, place, logger);

    /// <inheritdoc/>
    public string Place { get; }

    /// <summary>Describes the tables of a database. Connects to nothing and creates nothing yet.</summary>
    /// <param name="connectionString">A connection string for which <see cref="PostgresStore.FaultOf"/> returns null.</param>
    /// <param name="logger">Where to log.</param>
    public static PostgresAnalytics Create(string connectionString, ILogger logger) =>
        new(AnalyticsConnections.Open(connectionString, out string place), place, logger);

    /// <inheritdoc/>
    public ValueTask<AnalyticsPosition> ReadPositionAsync(int partition, CancellationToken cancellationToken) => UseAsync(
        async connection =>
        {
            await PrepareAsync(connection, cancellationToken).ConfigureAwait(false);
            return await ReadAsync(connection, partition, cancellationToken).ConfigureAwait(false) ?? AnalyticsPosition.Start with { IsEmptying = true };
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> ApplyAsync(AnalyticsRound round, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(round);
        return UseAsync(connection => ApplyAsync(connection, round, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask<bool> EmptyAsync(int partition, CancellationToken cancellationToken) =>
        UseAsync(connection => EmptyAsync(connection, partition, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync().ConfigureAwait(false);
        _preparing.Dispose();
    }

    /// <summary>Ensures, once and after each failed statement, that the tables exist.</summary>
    private async ValueTask PrepareAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_isPrepared)
        {
            return;
        }

        await _preparing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_isPrepared)
            {
                return;
            }

            if (_notReplaced is { } refusal && Stopwatch.GetTimestamp() < _dropAgainAt)
            {
                throw new StorageFailureException(refusal);
            }

            await CreateAsync(connection, cancellationToken).ConfigureAwait(false);
            _notReplaced = null;
            _isPrepared = true;
            _wasPrepared = true;
        }
        finally
        {
            _preparing.Release();
        }
    }

    private async ValueTask CreateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        bool isReplacing = false;
        try
        {
            // The process that starts last determines the version. If two versions replaced each other's tables in turn, neither would ever fill them.
            if (await AnalyticsSchema.PrepareAsync(connection, mayDrop: !_wasPrepared, () => isReplacing = true, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                _logger.AnalyticsCreated(Place, reason);
            }
        }
        catch (PostgresException refused) when (isReplacing || IsLocked(refused))
        {
            _dropAgainAt = After(LockInterval);
            _notReplaced = IsLocked(refused)
                ? $"The {Place} has tables of another version, which other programs keep in use. The server replaces the tables once their queries and transactions have ended."
                : $"The {Place} has tables of another version, which the server could not replace: {Advise(refused)}";
            throw new StorageFailureException(_notReplaced, refused);
        }
    }

    /// <returns>The position, or null if the partition has none.</returns>
    private async ValueTask<AnalyticsPosition?> ReadAsync(NpgsqlConnection connection, int partition, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(ReadPositionSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false) || row.GetInt32(0) != AnalyticsSchema.Version)
                {
                    throw new StorageFailureException(
                        $"Another version of Pointbook recreated the analytics tables in {Place} after this server started. Stop the servers of one version.");
                }

                return await row.IsDBNullAsync(1, cancellationToken).ConfigureAwait(false)
                    ? null
                    : new AnalyticsPosition(new Sequence(row.GetInt64(1)), new Digest(row.GetFieldValue<byte[]>(2)), row.GetBoolean(3));
            }
        }
    }

    private static async ValueTask<bool> ApplyAsync(NpgsqlConnection connection, AnalyticsRound round, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            RoundRows rows = new(connection, round);
            if (!await rows.TryMoveAsync(cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            await rows.WriteAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private async ValueTask<bool> EmptyAsync(NpgsqlConnection connection, int partition, CancellationToken cancellationToken)
    {
        AnalyticsEmptying emptying = new(connection, partition);
        int most = await emptying.DeleteAsync(cancellationToken).ConfigureAwait(false);
        if (most < AnalyticsEmptying.PieceRows || Stopwatch.GetTimestamp() < Volatile.Read(ref _truncateAgainAt) || await emptying.AreRowsNeededAsync(cancellationToken).ConfigureAwait(false))
        {
            return most == 0;
        }

        try
        {
            return await emptying.TryTruncateAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (PostgresException refused)
        {
            // For example, a query ran too long. Later calls delete rows, which disturbs no reader, and from time to time one tries again.
            bool isLasting = refused.SqlState is PostgresErrorCodes.FeatureNotSupported or PostgresErrorCodes.InsufficientPrivilege;
            Volatile.Write(ref _truncateAgainAt, After(isLasting ? TruncateInterval : LockInterval));
            string reason = IsLocked(refused) ? "queries of others keep them in use" : refused.MessageText;
            if (Interlocked.Exchange(ref _notTruncated, reason) != reason)
            {
                _logger.AnalyticsNotTruncated(Place, reason);
            }

            return false;
        }
    }

    /// <summary>The timestamp of the stopwatch after a time from now.</summary>
    private static long After(TimeSpan time) => Stopwatch.GetTimestamp() + (long)(time.TotalSeconds * Stopwatch.Frequency);

    /// <summary>Whether a lock was refused because queries of others kept a table in use.</summary>
    private static bool IsLocked(PostgresException failure) =>
        failure.SqlState is PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected;

    private static string Advise(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn } missing =>
            $"{missing.MessageText}. Drop the schema. The server then creates a new one.",
        // Pointbook's tables have no foreign keys.
        PostgresException { SqlState: PostgresErrorCodes.ForeignKeyViolation } kept =>
            $"the foreign key {kept.ConstraintName} of {kept.SchemaName}.{kept.TableName} keeps rows that the server must delete. Drop it, or declare it ON DELETE CASCADE.",
        _ => Failure.Say(failure),
    };

    /// <summary>Whether the rows cannot take a change, because others have changed them.</summary>
    private static bool IsOfRows(PostgresException failure) =>
        failure.SqlState == PostgresErrorCodes.NumericValueOutOfRange
        || (failure.SqlState.StartsWith("23", StringComparison.Ordinal) && failure.SqlState != PostgresErrorCodes.ForeignKeyViolation);

    /// <summary>Uses a connection, and converts failures of the driver.</summary>
    private async ValueTask<TResult> UseAsync<TResult>(Func<NpgsqlConnection, ValueTask<TResult>> use, CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            return await use(connection).ConfigureAwait(false);
        }
        catch (PostgresException failure) when (IsOfRows(failure))
        {
            throw new AnalyticsDamagedException($"The rows in {Place} do not match the next entries of the journal: {failure.MessageText}.", failure);
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure) || (connection is not null && Failure.IsOfConnection(failure, connection)))
        {
            // The tables may be gone, so the next use checks for them again.
            _isPrepared = _isPrepared && failure is not PostgresException;
            throw new StorageFailureException($"Pointbook could not use the {Place}: {Advise(failure)}", failure);
        }
        finally
        {
            if (connection is not null)
            {
                await connection.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
