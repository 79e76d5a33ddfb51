using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Rewrites the directory, and the list of erasures if requested, in one transaction. Used once.</summary>
internal sealed class ListsWriter(NpgsqlConnection connection, int partition)
{
    private const int ErasuresPerStatement = 100_000;

    private const string DeleteErasuresSql = "DELETE FROM erasure WHERE partition = $1";

    private const string WriteErasuresSql =
        "INSERT INTO erasure (partition, sequence, opening) SELECT $1, sequence, opening FROM unnest($2::bigint[], $3::bigint[]) AS written (sequence, opening)";

    /// <summary>Writes the lists.</summary>
    /// <returns>False if the position differs, or if a round is in progress. Its rows may be ahead of the position, and the lists would lack their accounts.</returns>
    public async ValueTask<bool> TryRunAsync(AccountLists lists, bool withErasures, Sequence position, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (!await TryLockAsync(position, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            await new AccountDirectory(partition).RewriteAsync(connection, lists, cancellationToken).ConfigureAwait(false);
            if (withErasures)
            {
                await WriteErasuresAsync(lists.Erasures, cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    private async Task<bool> TryLockAsync(Sequence position, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(AccountRepairWriter.LockPositionSql).AddInt(partition).AddSequence(position);
            batch.Add(AccountStoreReset.SettingsSql);
            return await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long;
        }
    }

    private async Task WriteErasuresAsync(IReadOnlyList<AccountErasure> erasures, CancellationToken cancellationToken)
    {
        await RunAsync(DeleteErasuresSql, parameters => parameters.AddInt(partition), cancellationToken).ConfigureAwait(false);
        foreach (AccountErasure[] some in erasures.Chunk(ErasuresPerStatement))
        {
            await RunAsync(
                WriteErasuresSql,
                parameters => parameters.AddInt(partition)
                    .AddBigints([.. some.Select(erasure => erasure.Sequence.Value)])
                    .AddBigints([.. some.Select(erasure => erasure.Opening.Value)]),
                cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task RunAsync(string sql, Action<NpgsqlParameterCollection> addParameters, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection) { CommandTimeout = AccountStoreReset.TimeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            addParameters(command.Parameters);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
