using Npgsql;
using Pointbook.Engine.AccountStore;

namespace Pointbook.Storage.Postgres;

/// <summary>What a database knows of the store that it belongs to. Immutable.</summary>
/// <param name="StoreId">The id of the store, the same in all of its databases.</param>
/// <param name="PartitionCount">The number of partitions in all databases together.</param>
/// <param name="DatabaseCount">The number of databases.</param>
/// <param name="DatabaseNumber">The number of this database.</param>
/// <param name="State">The progress of the store's creation.</param>
internal sealed record StoreRow(Guid StoreId, int PartitionCount, int DatabaseCount, int DatabaseNumber, StoreState State)
{
    /// <summary>The partitions that this database has.</summary>
    public IEnumerable<int> Partitions =>
        Enumerable.Range(0, PartitionCount).Where(partition => partition % DatabaseCount == DatabaseNumber);

    /// <summary>Reads the row. Returns null if the database belongs to no store.</summary>
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

    /// <summary>Writes the row, and the positions and directories of the database's partitions.</summary>
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
                    INSERT INTO account_store_position (partition, last_sequence, seal, target_sequence, target_seal)
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

/// <summary>The progress of a store's creation.</summary>
internal enum StoreState
{
    /// <summary>Not all of its databases were created yet.</summary>
    Creating,

    /// <summary>An operator is copying a journal into it.</summary>
    Importing,

    /// <summary>A server may serve it.</summary>
    Ready,
}
