using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Storage.Postgres;

/// <summary>Writes one round over one connection, in transactions of its own. Used once.</summary>
internal sealed class RoundWriter(NpgsqlConnection connection, int partition, ProjectionRound round)
{
    private const string LockPositionSql = "SELECT accounts FROM projection_position WHERE partition = $1 AND last_sequence = $2 AND resets = $3 FOR UPDATE";

    private readonly ChunkReader _chunks = new(connection, partition);
    private long _resets;
    private bool _canGrow = true;

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
            AccountRows rows = new(partition, accounts.Select(entries => entries.Account));
            if (await ReadRowsAsync(rows, cancellationToken).ConfigureAwait(false) is not { } count)
            {
                return false;
            }

            List<(ReadAccount Account, AccountChange Change)> changes = [];
            foreach ((AccountEntries entries, ReadAccount account) in accounts.Zip(rows.Accounts).Where(item => !item.Second.IsMarked))
            {
                if (entries.ChangeSince(account.Stored.Row) is { } change)
                {
                    changes.Add((account, change));
                }
            }

            if (changes.Count > 0)
            {
                await WriteAsync(changes, rows.Directory, count, cancellationToken).ConfigureAwait(false);
            }

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

    /// <summary>Locks the position and reads the rows of accounts.</summary>
    /// <returns>How many accounts there are; null if the position has moved since the round began.</returns>
    private async ValueTask<long?> ReadRowsAsync(AccountRows rows, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(LockPositionSql).AddInt(partition).AddSequence(round.After).AddBigint(_resets);
            rows.AddTo(batch);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    return null;
                }

                long count = row.GetInt64(0);
                await rows.TakeAsync(row, cancellationToken).ConfigureAwait(false);
                return count;
            }
        }
    }

    private async Task WriteAsync(
        List<(ReadAccount Account, AccountChange Change)> changes, AccountDirectory directory, long count, CancellationToken cancellationToken)
    {
        await _chunks.ProvideAsync(
            changes.Select(item => ChunkNeed.Of(item.Account, stored => stored.ChunksFor(item.Change))), cancellationToken).ConfigureAwait(false);
        ChangeSet set = new(partition);
        foreach ((ReadAccount account, AccountChange change) in changes)
        {
            AccountUpdate update = account.Stored.Apply(change);
            if (update.IsNew)
            {
                directory.Add(account.Account);
            }

            set.Add(update, account.Stored.Row.StandsAt, change.Operations);
        }

        // The number may be any if somebody has changed it.
        long total = Math.Min(count, long.MaxValue / 2) + directory.Added;
        await set.WriteAsync(connection, batch => directory.AddWritesTo(batch, total), cancellationToken).ConfigureAwait(false);
        if (directory.Added > 0 && directory.IsFull(total) && _canGrow)
        {
            // Where a bucket is damaged, trying once a round is enough.
            _canGrow = await directory.TryGrowAsync(connection, cancellationToken).ConfigureAwait(false);
        }
    }
}
