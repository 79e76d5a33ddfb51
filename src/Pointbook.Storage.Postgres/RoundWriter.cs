using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Storage.Postgres;

/// <summary>Writes one round over one connection, in transactions of its own. Used once.</summary>
internal sealed class RoundWriter(NpgsqlConnection connection, int partition, ProjectionRound round)
{
    private const string LockPositionSql = "SELECT 1 FROM projection_position WHERE partition = $1 AND last_sequence = $2 AND resets = $3 FOR UPDATE";

    private long _resets;

    /// <summary>Says how far the rows may be ahead of the position from now on, so that a round that is cut short can be told apart later.</summary>
    /// <returns>False if the position is not where the round begins.</returns>
    public async ValueTask<bool> TryBeginAsync(CancellationToken cancellationToken)
    {
        // A longer round that was cut short from here has a target of its own, which stays.
        NpgsqlCommand command = new(
            """
            UPDATE projection_position
            SET target_sequence = greatest(target_sequence, $3),
                target_seal = CASE WHEN target_sequence <= $3 THEN $4 ELSE target_seal END
            WHERE partition = $1 AND last_sequence = $2
            RETURNING resets
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddSequence(round.After).AddSequence(round.End.Last).AddDigest(round.End.Seal);
            object? resets = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            _resets = resets as long? ?? 0;
            return resets is not null;
        }
    }

    /// <summary>Writes what the rows of some accounts do not contain yet.</summary>
    /// <returns>False if the position has moved since the round began.</returns>
    /// <exception cref="InvalidRowException">The rows of one of them are not what the entries before have left.</exception>
    /// <exception cref="AccountDamagedException">The same, of a certain account.</exception>
    /// <exception cref="PostgresException">The same, found by a rule of a table.</exception>
    public async ValueTask<bool> TryWriteAsync(IReadOnlyList<AccountEntries> accounts, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            (Dictionary<string, AccountRow> Rows, HashSet<string> Damaged)? found = await ReadRowsAsync(accounts, cancellationToken).ConfigureAwait(false);
            if (found is not (Dictionary<string, AccountRow> rows, HashSet<string> damaged))
            {
                return false;
            }

            ChangeSet changes = new(partition);
            foreach (AccountEntries entries in accounts.Where(entries => !damaged.Contains(entries.Account.Value)))
            {
                AccountRow? row = rows.TryGetValue(entries.Account.Value, out AccountRow known) ? known : null;
                if (entries.ChangeSince(row ?? default) is { } change)
                {
                    changes.Add(change, row?.StandsAt);
                }
            }

            await changes.WriteAsync(connection, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Marks an account whose rows cannot take what the round writes, so that all rounds pass over them.</summary>
    /// <returns>False if the position has moved since the round began.</returns>
    public async ValueTask<bool> TryMarkDamagedAsync(AccountDamagedException damage, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            $"""
            WITH position AS (
                {LockPositionSql}
            ), marked AS (
                INSERT INTO damaged_account (account, partition, damage) SELECT $4, $1, $5 FROM position ON CONFLICT (partition, account) DO NOTHING
            )
            SELECT count(*) FROM position
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddSequence(round.After).AddBigint(_resets).AddText(damage.Account.Value).AddText(damage.Damage);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is 1L;
        }
    }

    /// <summary>Moves the position to the end of the round, together with the sums over accounts.</summary>
    /// <returns>False if the position has moved since the round began.</returns>
    public async ValueTask<bool> TryEndAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(RoundEnd.Sql, connection);
        await using (command.ConfigureAwait(false))
        {
            RoundEnd.AddParameters(command.Parameters, partition, _resets, round);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    /// <summary>Locks the position and reads the accounts' own rows, and which accounts are marked as damaged.</summary>
    /// <returns>Null if the position has moved since the round began.</returns>
    private async ValueTask<(Dictionary<string, AccountRow> Rows, HashSet<string> Damaged)?> ReadRowsAsync(
        IReadOnlyList<AccountEntries> accounts, CancellationToken cancellationToken)
    {
        string[] keys = [.. accounts.Select(entries => entries.Account.Value)];
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(LockPositionSql)
                .AddInt(partition).AddSequence(round.After).AddBigint(_resets);
            batch.Add("SELECT account, stands_at, flushed_through, flushed_through_before FROM account WHERE account = ANY ($1) AND partition = $2")
                .AddTexts(keys).AddInt(partition);
            batch.Add("SELECT account FROM damaged_account WHERE account = ANY ($1) AND partition = $2").AddTexts(keys).AddInt(partition);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    return null;
                }

                Dictionary<string, AccountRow> rows = new(accounts.Count, StringComparer.Ordinal);
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    rows.Add(row.GetString(0), AccountReader.ToRow(row, 1));
                }

                HashSet<string> damaged = new(StringComparer.Ordinal);
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    damaged.Add(row.GetString(0));
                }

                return (rows, damaged);
            }
        }
    }
}
