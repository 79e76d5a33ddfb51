using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Begins, finishes and abandons generations of the read model of one partition, over one connection.</summary>
/// <remarks>A process that begins or finishes one holds a lock until the end of the transaction, so that processes agree on one generation.</remarks>
internal sealed class ReadModelGenerations(NpgsqlConnection connection, int partition)
{
    // The second part of the lock's key is the partition. Any number works: the letters "read" in ASCII.
    private const int LockKey = 0x72656164;

    public async ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken)
    {
        (ReadModelGeneration? serving, ReadModelGeneration? building) = (null, null);
        await foreach ((ReadModelGeneration generation, bool isComplete, _) in ReadAsync(ReadModelGeneration.Version, cancellationToken).ConfigureAwait(false))
        {
            (serving, building) = isComplete ? (generation, building) : (serving, generation);
        }

        return new ReadModelState(serving, building);
    }

    public async ValueTask<ReadModelGeneration?> BeginAsync(CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await LockAsync(cancellationToken).ConfigureAwait(false);
            ReadModelGeneration? begun = await FindOrInsertAsync(cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return begun;
        }
    }

    public async ValueTask<bool> FinishAsync(long generation, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            await LockAsync(cancellationToken).ConfigureAwait(false);
            bool isFinished = await RunAsync(
                "UPDATE read_model SET is_complete = true WHERE partition = $1 AND generation = $2 AND NOT is_complete", generation, cancellationToken).ConfigureAwait(false) == 1;
            if (isFinished)
            {
                await RunAsync("DELETE FROM read_model WHERE partition = $1 AND generation <> $2", generation, cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return isFinished;
        }
    }

    public async ValueTask AbandonAsync(long generation, CancellationToken cancellationToken) =>
        await RunAsync("DELETE FROM read_model WHERE partition = $1 AND generation = $2", generation, cancellationToken).ConfigureAwait(false);

    /// <summary>Finds the generation that is already being built, or inserts one, under the lock.</summary>
    /// <returns>Null if an undamaged generation serves queries.</returns>
    /// <exception cref="StorageFailureException">Servers of a newer version have built a generation.</exception>
    private async ValueTask<ReadModelGeneration?> FindOrInsertAsync(CancellationToken cancellationToken)
    {
        ReadModelGeneration? building = null;
        List<long> useless = [];
        await foreach ((ReadModelGeneration generation, bool isComplete, int version) in ReadAsync(null, cancellationToken).ConfigureAwait(false))
        {
            if (isComplete && version > ReadModelGeneration.Version)
            {
                throw new StorageFailureException(
                    $"The read model of partition {partition} has version {version}, but this version of Pointbook reads version {ReadModelGeneration.Version}. Stop the servers of this version.");
            }

            if (isComplete && version == ReadModelGeneration.Version && generation.Damage is null)
            {
                return null;
            }

            if (!isComplete)
            {
                (building, long? older) = version == ReadModelGeneration.Version ? (generation, building?.Number) : (building, generation.Number);
                useless.AddRange(older is { } number ? [number] : []);
            }
        }

        foreach (long number in useless)
        {
            await RunAsync("DELETE FROM read_model WHERE partition = $1 AND generation = $2", number, cancellationToken).ConfigureAwait(false);
        }

        return building ?? await InsertAsync(cancellationToken).ConfigureAwait(false);
    }

    private async ValueTask<ReadModelGeneration> InsertAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("INSERT INTO read_model (partition, version, seal) VALUES ($1, $2, $3) RETURNING generation, generation_id", connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddInt(ReadModelGeneration.Version).AddDigest(default);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                await row.ReadAsync(cancellationToken).ConfigureAwait(false);
                return new ReadModelGeneration(row.GetInt64(0), row.GetGuid(1), default);
            }
        }
    }

    private async IAsyncEnumerable<(ReadModelGeneration Generation, bool IsComplete, int Version)> ReadAsync(
        int? version, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            """
            SELECT generation, last_sequence, seal, damage, is_complete, version, generation_id
            FROM read_model
            WHERE partition = $1 AND ($2::bigint IS NULL OR version = $2)
            ORDER BY generation
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddBigint(version);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    ReadModelPosition position = new(new Sequence(row.GetInt64(1)), JournalRows.ToDigest(row, 2));
                    string? damage = row.IsDBNull(3) ? null : row.GetString(3);
                    yield return (new ReadModelGeneration(row.GetInt64(0), row.GetGuid(6), position, damage), row.GetBoolean(4), row.GetInt32(5));
                }
            }
        }
    }

    private async Task LockAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("SELECT pg_advisory_xact_lock($1, $2)", connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(LockKey).AddInt(partition);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<int> RunAsync(string sql, long generation, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddBigint(generation);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
