using Npgsql;

namespace Pointbook.Storage.Postgres.Analytics;

/// <summary>Deletes the rows of one partition in short transactions. Used once.</summary>
/// <param name="connection">A connection without a transaction.</param>
/// <param name="partition">The partition.</param>
internal sealed class AnalyticsEmptying(NpgsqlConnection connection, int partition)
{
    /// <summary>The number of rows that one transaction deletes from each table.</summary>
    internal const int PieceRows = 20_000;

    // An operator who deletes the position's row asks for a refill, so the exporter must first delete the partition's rows.
    private const string AddPositionSql =
        "INSERT INTO analytics.export_position (partition, last_sequence, seal, is_emptying) VALUES ($1, 0, $2, true) ON CONFLICT (partition) DO NOTHING";

    private const string RestartSql =
        "UPDATE analytics.export_position SET last_sequence = 0, seal = $2, recorded_at = NULL, is_emptying = true WHERE partition = $1";

    private const string EmptiedSql = "UPDATE analytics.export_position SET is_emptying = false WHERE partition = $1";

    private const string AreRowsNeededSql = "SELECT EXISTS (SELECT FROM analytics.export_position WHERE NOT is_emptying AND last_sequence > 0)";

    // Each round and each deletion begins with a change of its position, so from here on there are none.
    private const string PositionsLock = "SHARE ROW EXCLUSIVE";

    private const string TruncateSql =
        "TRUNCATE analytics.entry, analytics.operation, analytics.lot, analytics.account_balance, analytics.hold, analytics.account";

    private const string AllEmptiedSql = "UPDATE analytics.export_position SET last_sequence = 0, seal = $1, recorded_at = NULL, is_emptying = false";

    private static readonly string[] Tables = ["entry", "operation", "lot", "account_balance", "hold", "account"];

    /// <summary>Marks the partition, so that no exporter writes a round for it, and deletes some of its rows from each table.</summary>
    /// <returns>The largest number of rows that a table lost. If it is 0, no rows are left, and exporters may write rounds again.</returns>
    public async ValueTask<int> DeleteAsync(CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            // Locks the position's row first, so that no other exporter fills what is deleted here.
            await RunAsync(AddPositionSql, parameters => parameters.AddInt(partition).AddDigest(default), cancellationToken).ConfigureAwait(false);
            await RunAsync(RestartSql, parameters => parameters.AddInt(partition).AddDigest(default), cancellationToken).ConfigureAwait(false);
            int most = 0;
            foreach (string table in Tables)
            {
                int deleted = await RunAsync(
                    $"DELETE FROM analytics.{table} WHERE ctid = ANY (ARRAY(SELECT ctid FROM analytics.{table} WHERE partition = $1 LIMIT {PieceRows}))",
                    parameters => parameters.AddInt(partition),
                    cancellationToken).ConfigureAwait(false);
                most = Math.Max(most, deleted);
            }

            if (most == 0)
            {
                await RunAsync(EmptiedSql, parameters => parameters.AddInt(partition), cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return most;
        }
    }

    /// <summary>Whether a partition has rows that must stay. Otherwise the tables may be truncated.</summary>
    public async ValueTask<bool> AreRowsNeededAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(AreRowsNeededSql, connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    /// <summary>Truncates the tables, unless a partition has rows that must stay. It takes moments, whatever the number of rows, but no query may run meanwhile.</summary>
    /// <returns>Whether the tables are empty. Exporters of all partitions may then write rounds.</returns>
    /// <exception cref="PostgresException">Queries kept a table locked, or the tables cannot be truncated, for example because of a foreign key of another table.</exception>
    public async ValueTask<bool> TryTruncateAsync(CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            BriefLocks locks = new(connection);
            await locks.TakeAsync("analytics.export_position", tables: 1, PositionsLock, cancellationToken).ConfigureAwait(false);
            if (await AreRowsNeededAsync(cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            foreach (string table in Tables)
            {
                await locks.TakeAsync($"analytics.{table}", tables: 1, BriefLocks.AccessExclusive, cancellationToken).ConfigureAwait(false);
            }

            await locks.EndAsync(cancellationToken).ConfigureAwait(false);
            await RunAsync(TruncateSql, static _ => { }, cancellationToken).ConfigureAwait(false);
            await RunAsync(AllEmptiedSql, parameters => parameters.AddDigest(default), cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private async ValueTask<int> RunAsync(string sql, Action<NpgsqlParameterCollection> addParameters, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            addParameters(command.Parameters);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
