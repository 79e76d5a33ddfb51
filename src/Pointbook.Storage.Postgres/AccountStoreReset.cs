using Npgsql;
using Pointbook.Engine.AccountStore;

namespace Pointbook.Storage.Postgres;

/// <summary>Empties the derived tables of one partition. Does not read rows of other partitions. Used once.</summary>
internal sealed class AccountStoreReset(NpgsqlConnection connection, int partition)
{
    /// <summary>The maximum number of rows that one statement deletes.</summary>
    internal const int PieceRows = 10_000;

    // A piece is bounded, but a busy disk may be slow, and a reset that times out is rolled back completely.
    internal const int TimeoutSeconds = 300;

    // A new row begins with a number that no lost row had, so that nothing from before the loss counts.
    // A loader may have an older snapshot. TRUNCATE would show it empty tables with an old position, so this deletes the rows.
    private const string RestartSql =
        """
        INSERT INTO account_store_position (partition, last_sequence, seal, target_sequence, target_seal, resets)
        VALUES ($1, 0, $2, 0, $2, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)
        ON CONFLICT (partition) DO UPDATE
        SET last_sequence = 0, seal = $2, target_sequence = 0, target_seal = $2, resets = account_store_position.resets + 1, accounts = 0, damage = NULL
        """;

    /// <summary>Makes the planner use the key until the end of the transaction, even without statistics on the rows.</summary>
    internal const string SettingsSql = "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)";

    /// <summary>The tables, each with the columns that follow the partition in its primary key.</summary>
    internal static readonly ResetTable[] Tables =
    [
        new("account", KeyColumn.Text("account")),
        new("account_chunk", KeyColumn.Text("account"), KeyColumn.Number("chunk")),
        new("account_bucket", KeyColumn.Integer("bucket")),
        new("operation", KeyColumn.Number("opening"), KeyColumn.Number("first_sequence")),
        new("erasure", KeyColumn.Number("sequence")),
        new("damaged_account", KeyColumn.Text("account")),
    ];

    /// <summary>Empties the tables in one transaction, so that no reader sees a partial result.</summary>
    /// <returns>The number of deleted rows.</returns>
    public async ValueTask<long> RunAsync(CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await RestartAsync(cancellationToken).ConfigureAwait(false);
            long deleted = 0;
            foreach (ResetTable table in Tables)
            {
                // Each table's rows name their own partition, because another table may be damaged.
                deleted += await EmptyAsync(table, cancellationToken).ConfigureAwait(false);
            }

            await AddDirectoryAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return deleted;
        }
    }

    /// <summary>Sets the position to the beginning. This comes first, because its lock keeps other snapshot writers out until everything is empty.</summary>
    private async Task RestartAsync(CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection) { Timeout = TimeoutSeconds };
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(SettingsSql);
            batch.Add(RestartSql).AddInt(partition).AddDigest(default);
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Adds the directory of a partition without accounts.</summary>
    private async Task AddDirectoryAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("INSERT INTO account_bucket (partition, bucket, body) VALUES ($1, 0, $2)", connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddBytes(DirectoryBucket.Empty.ToBytes());
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Deletes the partition's rows of a table, piece by piece in the order of its key.</summary>
    private async Task<long> EmptyAsync(ResetTable table, CancellationToken cancellationToken)
    {
        long deleted = 0;
        string[] from = table.FirstKey;
        while (await FindAsync(table, from, cancellationToken).ConfigureAwait(false) is { } next)
        {
            deleted += await DeleteAsync(table.PieceSql, from, next, cancellationToken).ConfigureAwait(false);
            from = next;
        }

        return deleted + await DeleteAsync(table.RestSql, from, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Finds the key at which the next piece begins. Returns null if this piece is the last.</summary>
    private async Task<string[]?> FindAsync(ResetTable table, string[] from, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = NewCommand(table.NextSql, from);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(PieceRows);
            return (string[]?)await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task<long> DeleteAsync(string sql, string[] from, string[]? next, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = NewCommand(sql, from);
        await using (command.ConfigureAwait(false))
        {
            if (next is not null)
            {
                command.Parameters.AddTexts(next);
            }

            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private NpgsqlCommand NewCommand(string sql, string[] from)
    {
        NpgsqlCommand command = new(sql, connection) { CommandTimeout = TimeoutSeconds };
        command.Parameters.AddInt(partition).AddTexts(from);
        return command;
    }
}
