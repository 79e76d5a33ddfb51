using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;

namespace Pointbook.Storage.Postgres;

/// <summary>Writes one round over one connection, in separate transactions. Used once.</summary>
internal sealed class RoundWriter(NpgsqlConnection connection, int partition, SnapshotRound round)
{
    private const string LockPositionSql = "SELECT accounts FROM account_store_position WHERE partition = $1 AND last_sequence = $2 AND resets = $3 FOR UPDATE";

    private readonly ChunkReader _chunks = new(connection, partition);
    private long _resets;

    /// <summary>Stores how far the rows may be ahead of the position, so that the server can later recognize an interrupted round.</summary>
    /// <returns>False if the round does not begin at the stored position.</returns>
    public async ValueTask<bool> TryBeginAsync(CancellationToken cancellationToken)
    {
        // A longer round that was interrupted at this position has its own target, which stays.
        NpgsqlCommand command = new(
            """
            UPDATE account_store_position
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
    /// <exception cref="InvalidRowException">The rows of one account do not match the preceding entries.</exception>
    /// <exception cref="AccountDamagedException">The same, for a specific account.</exception>
    /// <exception cref="PostgresException">The same, found by a constraint of a table.</exception>
    public async ValueTask<bool> TryWriteAsync(IReadOnlyList<AccountEntries> accounts, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            AccountRows rows = new(partition, accounts.Select(entries => entries.Account)) { ReadsWholeDirectory = accounts.Any(entries => entries.Erasures.Count > 0) };
            if (await ReadRowsAsync(rows, cancellationToken).ConfigureAwait(false) is not { } count)
            {
                return false;
            }

            ChangeSet set = new(partition);
            List<(ReadAccount Account, AccountChange Change)> changes = [];
            foreach ((AccountEntries entries, ReadAccount account) in accounts.Zip(rows.Accounts))
            {
                EraseIfErased(entries, account, rows.Directory, set);
                if (!account.IsMarked && entries.ChangeSince(account.Stored.Row) is { } change)
                {
                    changes.Add((account, change));
                }
            }

            await WriteAsync(set, changes, rows.Directory, count, cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Marks an account whose rows cannot take the round's changes, so that all rounds skip it.</summary>
    /// <returns>False if the position has moved since the round began.</returns>
    /// <remarks>Its erasures still go on the list, so that its texts are erased before its rows are repaired.</remarks>
    public async ValueTask<bool> TryMarkDamagedAsync(AccountDamagedException damage, IReadOnlyList<AccountErasure> erasures, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            $"""
            WITH position AS (
                {LockPositionSql}
            ), marked AS (
                INSERT INTO damaged_account (account, partition, damage) SELECT $4, $1, $5 FROM position ON CONFLICT (partition, account) DO NOTHING
            ), listed AS (
                INSERT INTO erasure (partition, sequence, opening)
                SELECT $1, sequence, opening FROM position CROSS JOIN unnest($6::bigint[], $7::bigint[]) AS written (sequence, opening)
                ON CONFLICT (partition, sequence) DO NOTHING
            )
            SELECT count(*) FROM position
            """,
            connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddSequence(round.After).AddBigint(_resets).AddText(damage.Account.Value).AddText(damage.Damage)
                .AddBigints([.. erasures.Select(erasure => erasure.Sequence.Value)])
                .AddBigints([.. erasures.Select(erasure => erasure.Opening.Value)]);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is 1L;
        }
    }

    /// <summary>Moves the position to the end of the round.</summary>
    /// <returns>False if the position has moved since the round began.</returns>
    public async ValueTask<bool> TryEndAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(
            "UPDATE account_store_position SET last_sequence = $3, seal = $4 WHERE partition = $1 AND last_sequence = $2 AND resets = $5", connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddSequence(round.After).AddSequence(round.End.Last).AddDigest(round.End.Seal).AddBigint(_resets);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1;
        }
    }

    /// <summary>Locks the position and reads the rows of accounts.</summary>
    /// <returns>The number of accounts, or null if the position has moved since the round began.</returns>
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

    /// <summary>Deletes the rows of an account that was erased since they were written, including damaged ones.</summary>
    private static void EraseIfErased(AccountEntries entries, ReadAccount account, AccountDirectory directory, ChangeSet set)
    {
        AccountRow row = account.Damage is null ? account.Stored.Row : default;
        if (entries.IsErasedSince(row))
        {
            account.Forget();
            directory.Remove(entries.Account);
            set.Delete(entries.Account, entries.Erasures);
        }
    }

    private async Task WriteAsync(
        ChangeSet set, List<(ReadAccount Account, AccountChange Change)> changes, AccountDirectory directory, long count, CancellationToken cancellationToken)
    {
        await _chunks.ProvideAsync(
            changes.Select(item => ChunkNeed.Of(item.Account, stored => stored.ChunksFor(item.Change))), cancellationToken).ConfigureAwait(false);
        foreach ((ReadAccount account, AccountChange change) in changes)
        {
            AccountUpdate update = account.Stored.Apply(change);
            if (update.IsNew)
            {
                directory.Add(account.Account);
            }

            set.Add(update, account.Stored.Row.StandsAt, change);
        }

        if (set.IsEmpty)
        {
            return;
        }

        // A user of the database may have changed the number to any value.
        long total = Math.Min(count, long.MaxValue / 2) + directory.Added;
        await set.WriteAsync(connection, batch => directory.AddWritesTo(batch, total), cancellationToken).ConfigureAwait(false);
        if (directory.Added > 0 && directory.IsFull(total) && round.DirectoryDamage is null)
        {
            await GrowAsync(directory, cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task GrowAsync(AccountDirectory directory, CancellationToken cancellationToken)
    {
        try
        {
            await directory.GrowAsync(connection, cancellationToken).ConfigureAwait(false);
        }
        catch (DirectoryDamagedException damage)
        {
            // One attempt per round is enough.
            round.ReportDirectoryDamage(damage.Message);
        }
    }
}
