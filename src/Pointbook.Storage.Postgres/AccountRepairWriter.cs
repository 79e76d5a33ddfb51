using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Writes all rows of one account again, in one transaction. Used once.</summary>
internal sealed class AccountRepairWriter(NpgsqlConnection connection, int partition, AccountEntries entries)
{
    // A round of another process may pass over the account from its beginning to its end, so none may be under way.
    private const string LockPositionSql =
        "SELECT accounts FROM projection_position WHERE partition = $1 AND last_sequence = $2 AND target_sequence = $2 FOR UPDATE";

    private static readonly string[] Tables = ["account", "account_chunk", "operation", "damaged_account"];

    private readonly AccountRows _rows = new(partition, [entries.Account], checksDirectory: true);

    /// <summary>Writes the rows and removes the mark.</summary>
    /// <returns>False if the position is another one, or if a round is under way.</returns>
    /// <exception cref="AccountDamagedException">The account's bucket of the directory is damaged.</exception>
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
            CheckDirectory();
            await DeleteAsync(cancellationToken).ConfigureAwait(false);
            if (entries.Entries.Count > 0)
            {
                AccountChange change = entries.ChangeSince(default)!;
                changes.Add(StoredAccount.Empty(entries.Account).Apply(change), Sequence.Zero, change.Operations);
                long total = Math.Min(count, long.MaxValue / 2) + _rows.Directory.Added;
                await changes.WriteAsync(connection, batch => _rows.Directory.AddWritesTo(batch, total), cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return true;
        }
    }

    /// <summary>Locks the position and reads the directory.</summary>
    /// <returns>How many accounts there are; null if the position is another one.</returns>
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

    private void CheckDirectory()
    {
        try
        {
            if (entries.Entries.Count > 0)
            {
                _rows.Directory.AddAgain(entries.Account);
            }
            else
            {
                _rows.Directory.ThrowIfKnown(entries.Account);
            }
        }
        catch (InvalidRowException fault)
        {
            throw new AccountDamagedException(entries.Account, fault.Message);
        }
    }

    private async Task DeleteAsync(CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            foreach (string table in Tables)
            {
                batch.Add($"DELETE FROM {table} WHERE partition = $1 AND account = $2").AddInt(partition).AddText(entries.Account.Value);
            }

            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
