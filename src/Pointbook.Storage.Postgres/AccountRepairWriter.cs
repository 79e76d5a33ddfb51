using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Rewrites all rows of one account, in one transaction. Used once.</summary>
internal sealed class AccountRepairWriter(NpgsqlConnection connection, int partition, AccountEntries entries)
{
    // A round of another process may skip the account from its beginning to its end, so no round may be in progress.
    public const string LockPositionSql =
        "SELECT accounts FROM account_store_position WHERE partition = $1 AND last_sequence = $2 AND target_sequence = $2 FOR UPDATE";

    private readonly AccountRows _rows = new(partition, [entries.Account], checksDirectory: true);

    /// <summary>Writes the rows and removes the mark.</summary>
    /// <returns>False if the position differs, or if a round is in progress.</returns>
    /// <exception cref="AccountDamagedException">The account's directory bucket is damaged, or contains an account without entries.</exception>
    public async ValueTask<bool> TryRunAsync(Sequence position, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (await ReadAsync(position, cancellationToken).ConfigureAwait(false) is not { } count)
            {
                return false;
            }

            ChangeSet changes = new(partition);
            changes.Delete(entries.Account, entries.Erasures);
            AccountChange? written = entries.Entries.Count > 0 ? entries.ChangeSince(default) : null;
            WriteDirectory(hasRow: written is not null);
            if (written is { } change)
            {
                await DeleteOperationsAsync(change.Opening, cancellationToken).ConfigureAwait(false);
                changes.Add(StoredAccount.Empty(entries.Account).Apply(change), Sequence.Zero, change);
            }

            long total = Math.Min(count, long.MaxValue / 2) + _rows.Directory.Added;
            await changes.WriteAsync(connection, batch => _rows.Directory.AddWritesTo(batch, total), cancellationToken).ConfigureAwait(false);
            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Locks the position and reads the directory.</summary>
    /// <returns>The number of accounts, or null if the position differs.</returns>
    private async ValueTask<long?> ReadAsync(Sequence position, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(LockPositionSql).AddInt(partition).AddSequence(position);
            _rows.AddTo(batch);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    return null;
                }

                long count = row.GetInt64(0);
                await _rows.TakeAsync(row, cancellationToken).ConfigureAwait(false);
                return count;
            }
        }
    }

    /// <summary>Updates the directory to match the rows.</summary>
    private void WriteDirectory(bool hasRow)
    {
        try
        {
            if (hasRow)
            {
                _rows.Directory.AddAgain(entries.Account);
                return;
            }

            if (entries.Erasures.Count == 0)
            {
                _rows.Directory.ThrowIfListed(entries.Account);
            }

            _rows.Directory.Remove(entries.Account);
        }
        catch (InvalidRowException fault)
        {
            throw AccountDamagedException.Of(entries.Account, fault);
        }
    }

    private async Task DeleteOperationsAsync(Sequence opening, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("DELETE FROM operation WHERE partition = $1 AND opening = $2", connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddSequence(opening);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
