using Npgsql;
using Pointbook.Engine.AccountStore;

namespace Pointbook.Storage.Postgres;

/// <summary>What a database knows of the store it belongs to. Immutable.</summary>
/// <param name="StoreId">The same in all databases of a store.</param>
/// <param name="PartitionCount">How many partitions there are in all databases together.</param>
/// <param name="DatabaseCount">How many databases there are.</param>
/// <param name="DatabaseNumber">Which of them this one is.</param>
/// <param name="State">How far the store has been made.</param>
internal sealed record StoreRow(Guid StoreId, int PartitionCount, int DatabaseCount, int DatabaseNumber, StoreState State)
{
    /// <summary>The partitions that this database has.</summary>
    public IEnumerable<int> Partitions =>
        Enumerable.Range(0, PartitionCount).Where(partition => partition % DatabaseCount == DatabaseNumber);

    /// <summary>Reads the row, or null from a database that belongs to no store.</summary>
    public static async Task<StoreRow?> ReadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            "SELECT store_id, partition_count, database_count, database_number, state FROM store", connection);
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                return await row.ReadAsync(cancellationToken).ConfigureAwait(false)
                    ? new StoreRow(row.GetGuid(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), Enum.Parse<StoreState>(row.GetString(4), ignoreCase: true))
                    : null;
            }
        }
    }

    /// <summary>Writes the row, and the positions and directories of the partitions that the database has.</summary>
    public async Task WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(
                """
                INSERT INTO store (id, store_id, partition_count, database_count, database_number, state) VALUES (1, $1, $2, $3, $4, $5)
                ON CONFLICT (id) DO UPDATE SET state = excluded.state
                """)
                .AddUuid(StoreId).AddInt(PartitionCount).AddInt(DatabaseCount).AddInt(DatabaseNumber).AddText(Name(State));
            batch.Add(
                """
                WITH added AS (
                    INSERT INTO projection_position (partition, last_sequence, seal, target_sequence, target_seal)
                    SELECT partition, 0, $2, 0, $2 FROM unnest($1::bigint[]) AS partition
                    ON CONFLICT (partition) DO NOTHING
                    RETURNING partition
                )
                INSERT INTO account_bucket (partition, bucket, body) SELECT partition, 0, $3 FROM added
                """)
                .AddBigints([.. Partitions.Select(partition => (long)partition)]).AddDigest(default).AddBytes(DirectoryBucket.Empty.ToBytes());
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static string Name(StoreState state) => state.ToString().ToLowerInvariant();
}

/// <summary>How far a store has been made.</summary>
internal enum StoreState
{
    /// <summary>Not all of its databases were there yet.</summary>
    Creating,

    /// <summary>A journal is being copied into it.</summary>
    Importing,

    /// <summary>It may be served.</summary>
    Ready,
}
