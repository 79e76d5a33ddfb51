using Npgsql;

namespace Pointbook.Storage.Postgres;

/// <summary>Empties the derived tables of one partition. Other partitions' rows are not read. Used once.</summary>
internal sealed class ProjectionReset(NpgsqlConnection connection, int partition)
{
    /// <summary>How many rows one statement deletes, and the rest of the account or payer that the last of them belongs to.</summary>
    internal const int PieceRows = 10_000;

    // A loader may have an older snapshot. TRUNCATE would show it empty tables with an old position, so the rows are deleted.
    private const string RestartSql =
        """
        INSERT INTO projection_position (partition, last_sequence, seal, target_sequence, target_seal)
        VALUES ($1, 0, $2, 0, $2)
        ON CONFLICT (partition) DO UPDATE
        SET last_sequence = 0, seal = $2, target_sequence = 0, target_seal = $2, resets = projection_position.resets + 1, damage = NULL
        """;

    /// <summary>Makes the planner, until the end of the transaction, go by the key also where it knows nothing about the rows.</summary>
    internal const string SettingsSql = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)";

    /// <summary>The tables, each with the column that follows the partition in its key.</summary>
    internal static readonly (string Table, string Column)[] Tables =
    [
        ("account", "account"), ("payer_balance", "account"), ("lot", "account"), ("idempotency_key", "account"), ("operation", "account"),
        ("operation_end", "account"), ("hold", "account"), ("held_draw", "account"), ("payer_total", "payer"), ("payer_flow", "payer"),
        ("payer_stock", "payer"), ("damaged_account", "account"),
    ];

    /// <summary>The statement that deletes a piece of a table: $1 is the partition, $2 where the piece begins, $3 how many rows.</summary>
    public static string PieceSql(string table, string column) =>
        $"""
        WITH piece AS MATERIALIZED (
            SELECT {column} AS name FROM {table} WHERE partition = $1 AND {column} >= $2 ORDER BY {column} LIMIT $3
        ), deleted AS (
            DELETE FROM {table} WHERE partition = $1 AND {column} >= $2 AND {column} <= (SELECT max(name) FROM piece)
        )
        SELECT count(*), max(name) FROM piece
        """;

    /// <summary>Empties the tables in one transaction, so that nobody sees a part of them.</summary>
    /// <returns>How many pieces it took.</returns>
    public async ValueTask<int> RunAsync(CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            int pieces = 0;
            await RestartAsync(cancellationToken).ConfigureAwait(false);
            foreach ((string table, string column) in Tables)
            {
                // The rows say themselves whose they are: another table may be what is damaged.
                string? from = string.Empty;
                while (from is not null)
                {
                    pieces++;
                    from = await DeletePieceAsync(PieceSql(table, column), from, cancellationToken).ConfigureAwait(false);
                }
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return pieces;
        }
    }

    /// <summary>Sets the position to the beginning, which comes first: its lock keeps other projectors out until everything is empty.</summary>
    private async Task RestartAsync(CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(SettingsSql);
            batch.Add(RestartSql).AddInt(partition).AddDigest(default);
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes a piece.</summary>
    /// <returns>Where the next piece begins; null after the last one.</returns>
    private async Task<string?> DeletePieceAsync(string sql, string from, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddText(from).AddInt(PieceRows);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                return row.GetInt64(0) < PieceRows ? null : row.GetString(1);
            }
        }
    }
}
