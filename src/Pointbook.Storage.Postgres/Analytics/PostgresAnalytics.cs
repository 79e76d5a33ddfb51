using Microsoft.Extensions.Logging;
using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.Analytics;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres.Analytics;

/// <summary>Analytics tables in the schema <c>analytics</c> of a PostgreSQL database, the ledger's or a separate one. Thread-safe.</summary>
public sealed class PostgresAnalytics : IAnalyticsStore
{
    /// <summary>The number of rows that one transaction deletes from each table.</summary>
    internal const int PieceRows = 20_000;

    private const string ReadPositionSql =
        """
        SELECT version, last_sequence, seal, is_emptying
        FROM analytics.export_schema
        LEFT JOIN analytics.export_position ON partition = $1
        """;

    // An operator who deletes the position's row asks for a refill, so the exporter must first delete the partition's rows.
    private const string AddPositionSql =
        "INSERT INTO analytics.export_position (partition, last_sequence, seal, is_emptying) VALUES ($1, 0, $2, true) ON CONFLICT (partition) DO NOTHING";

    private const string RestartSql =
        "UPDATE analytics.export_position SET last_sequence = 0, seal = $2, recorded_at = NULL, is_emptying = true WHERE partition = $1";

    private const string EmptiedSql = "UPDATE analytics.export_position SET is_emptying = false WHERE partition = $1";

    private static readonly string[] Tables = ["entry", "operation", "lot", "account_balance", "hold", "account"];

    private readonly NpgsqlDataSource _source;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _preparing = new(1);
    private volatile bool _isPrepared;
    private bool _wasPrepared;

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
            // The process that starts last determines the version. If two versions replaced each other's tables in turn, neither would ever fill them.
            if (!_isPrepared && await AnalyticsSchema.PrepareAsync(connection, mayDrop: !_wasPrepared, cancellationToken).ConfigureAwait(false) is { } reason)
            {
                _logger.AnalyticsCreated(Place, reason);
            }

            _isPrepared = true;
            _wasPrepared = true;
        }
        finally
        {
            _preparing.Release();
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

    private static async ValueTask<bool> EmptyAsync(NpgsqlConnection connection, int partition, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // Locks the position's row first, so that no other exporter fills what is deleted here.
            await RunAsync(connection, AddPositionSql, parameters => parameters.AddInt(partition).AddDigest(default), cancellationToken).ConfigureAwait(false);
            await RunAsync(connection, RestartSql, parameters => parameters.AddInt(partition).AddDigest(default), cancellationToken).ConfigureAwait(false);
            int deleted = 0;
            foreach (string table in Tables)
            {
                deleted += await RunAsync(
                    connection,
                    $"DELETE FROM analytics.{table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM analytics.{table} WHERE partition = $1 LIMIT {PieceRows}))",
                    parameters => parameters.AddInt(partition),
                    cancellationToken).ConfigureAwait(false);
            }

            if (deleted == 0)
            {
                await RunAsync(connection, EmptiedSql, parameters => parameters.AddInt(partition), cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return deleted == 0;
        }
    }

    private static async Task<int> RunAsync(
        NpgsqlConnection connection, string sql, Action<NpgsqlParameterCollection> addParameters, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            addParameters(command.Parameters);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Advise(Exception failure) => failure switch
    {
        PostgresException { SqlState: PostgresErrorCodes.UndefinedTable or PostgresErrorCodes.UndefinedColumn } missing =>
            $"{missing.MessageText}. Drop the schema. The server then creates a new one.",
        _ => Failure.Say(failure),
    };

    /// <summary>Uses a connection, and converts failures of the driver.</summary>
    private async ValueTask<TResult> UseAsync<TResult>(Func<NpgsqlConnection, ValueTask<TResult>> use, CancellationToken cancellationToken)
    {
        NpgsqlConnection? connection = null;
        try
        {
            connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            return await use(connection).ConfigureAwait(false);
        }
        catch (PostgresException failure) when (failure.SqlState.StartsWith("23", StringComparison.Ordinal) || failure.SqlState == PostgresErrorCodes.NumericValueOutOfRange)
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
