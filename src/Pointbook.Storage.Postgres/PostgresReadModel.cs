using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The read model of one partition, in the database of its journal, over separate connections. Other processes may use it as well.</summary>
public sealed class PostgresReadModel : IReadModel
{
    private readonly NpgsqlDataSource _source;
    private readonly int _partition;

    // Only a hint: without it, the deletion searches.
    private LeftoverPlace? _left;

    internal PostgresReadModel(NpgsqlDataSource source, int partition) => (_source, _partition) = (source, partition);

    /// <inheritdoc/>
    public ValueTask<ReadModelState> ReadStateAsync(CancellationToken cancellationToken) =>
        UseGenerationsAsync(generations => generations.ReadStateAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> ApplyAsync(ReadModelGeneration generation, ReadModelRound round, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        ArgumentNullException.ThrowIfNull(round);
        return GuardAsync(
            async () =>
            {
                NpgsqlCommand command = _source.CreateCommand(ReadModelApply.Sql);
                await using (command.ConfigureAwait(false))
                {
                    ReadModelApply.AddParameters(command.Parameters, _partition, generation, round);
                    return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
                }
            },
            () => generation.Number);
    }

    /// <inheritdoc/>
    public async ValueTask MarkDamagedAsync(ReadModelGeneration generation, string damage, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        ArgumentNullException.ThrowIfNull(damage);
        await GuardAsync(
            async () =>
            {
                NpgsqlCommand command = _source.CreateCommand("UPDATE read_model SET damage = $3 WHERE partition = $1 AND generation = $2 AND damage IS NULL");
                await using (command.ConfigureAwait(false))
                {
                    // PostgreSQL text cannot contain a zero byte, but a damaged value may.
                    command.Parameters.AddInt(_partition).AddBigint(generation.Number).AddText(damage.Replace('\0', ' '));
                    return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
                }
            },
            () => generation.Number).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public ValueTask<ReadModelGeneration?> BeginBuildAsync(CancellationToken cancellationToken) =>
        UseGenerationsAsync(generations => generations.BeginAsync(cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public ValueTask<bool> FinishBuildAsync(ReadModelGeneration building, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(building);
        return UseGenerationsAsync(generations => generations.FinishAsync(building.Number, cancellationToken), cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask AbandonAsync(ReadModelGeneration generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(generation);
        await UseGenerationsAsync(
            async generations =>
            {
                await generations.AbandonAsync(generation.Number, cancellationToken).ConfigureAwait(false);
                return true;
            },
            cancellationToken).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask<bool> DeletePieceAsync(CancellationToken cancellationToken)
    {
        LeftoverPlace? from = Interlocked.Exchange(ref _left, null);
        _left = await UseAsync(
            connection => new ReadModelLeftovers(connection, _partition).DeletePieceAsync(from, cancellationToken), cancellationToken).ConfigureAwait(false);
        return _left is not null;
    }

    /// <inheritdoc/>
    public async ValueTask ReclaimSpaceAsync(CancellationToken cancellationToken) => await UseAsync(
        async connection =>
        {
            await new ReadModelLeftovers(connection, _partition).ReclaimAsync(cancellationToken).ConfigureAwait(false);
            return true;
        },
        cancellationToken).ConfigureAwait(false);

    /// <inheritdoc/>
    public ValueTask<PayerTotals> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(query);
        PayerReader reader = new(_source, _partition);
        return GuardAsync(() => reader.ListAsync(query, cancellationToken), () => reader.Generation);
    }

    /// <inheritdoc/>
    public ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(payer);
        PayerReader reader = new(_source, _partition);
        return GuardAsync(() => reader.ReadDaysAsync(payer, before, cancellationToken), () => reader.Generation);
    }

    /// <summary>Does nothing: the connections belong to the store.</summary>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private ValueTask<TResult> UseGenerationsAsync<TResult>(Func<ReadModelGenerations, ValueTask<TResult>> use, CancellationToken cancellationToken) =>
        UseAsync(connection => use(new ReadModelGenerations(connection, _partition)), cancellationToken);

    private ValueTask<TResult> UseAsync<TResult>(Func<NpgsqlConnection, ValueTask<TResult>> use, CancellationToken cancellationToken) => GuardAsync(
        async () =>
        {
            NpgsqlConnection connection = await _source.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
            await using (connection.ConfigureAwait(false))
            {
                try
                {
                    return await use(connection).ConfigureAwait(false);
                }
                catch (Exception failure) when (Failure.IsOfConnection(failure, connection))
                {
                    throw Failure.OfConnection(failure);
                }
            }
        },
        static () => null);

    /// <summary>Converts failures of the driver, and reports invalid rows as damage of their generation.</summary>
    private async ValueTask<TResult> GuardAsync<TResult>(Func<ValueTask<TResult>> use, Func<long?> generation)
    {
        try
        {
            return await use().ConfigureAwait(false);
        }
        catch (Exception failure) when (generation() is not null && IsDamage(failure))
        {
            throw new ReadModelDamagedException(
                generation()!.Value, $"Generation {generation()} of the read model of partition {_partition} is damaged: {failure.Message}", failure);
        }
        catch (PostgresException failure) when (failure.SqlState == PostgresErrorCodes.DiskFull)
        {
            throw new ReadModelFullException($"The database has no space left for the read model of partition {_partition}: {failure.MessageText}", failure);
        }
        catch (Exception failure) when (Failure.IsOfDatabase(failure))
        {
            throw new StorageFailureException($"Pointbook could not use the read model of partition {_partition}: {failure.Message}", failure);
        }
    }

    /// <summary>Whether rows contain invalid values or cannot be added to: a sum may be NaN or infinite, or a checksum out of range.</summary>
    private static bool IsDamage(Exception failure) => failure
        is PayerDamagedException or InvalidRowException
        or PostgresException { SqlState: PostgresErrorCodes.NumericValueOutOfRange or PostgresErrorCodes.DataCorrupted or PostgresErrorCodes.IndexCorrupted };
}
