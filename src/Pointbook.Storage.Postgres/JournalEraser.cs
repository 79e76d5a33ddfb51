using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Overwrites texts of erased accounts in the journal of one partition. Used once.</summary>
internal sealed class JournalEraser(NpgsqlConnection connection, int partition)
{
    // VACUUM reads all pages that changed since the last one, which may be very many the first time, and all of the indexes.
    private const int VacuumTimeoutSeconds = 3600;

    // The tables with account keys or texts. Without INDEX_CLEANUP, keys of few rows stay in the indexes. ANALYZE replaces keys in the statistics.
    private const string VacuumSql = "VACUUM (INDEX_CLEANUP ON, ANALYZE) journal_commit, account, account_chunk, account_bucket, damaged_account";

    // One process or partition at a time. The others keep no connection waiting. No other lock uses this number.
    private const string LockSql = "SELECT pg_try_advisory_lock(7046029254386353131)";
    private const string UnlockSql = "SELECT pg_advisory_unlock(7046029254386353131)";

    // A process that rebuilds the tables first sets the position to the beginning, and waits for this lock.
    private const string LockPositionSql = "SELECT last_sequence FROM account_store_position WHERE partition = $1 FOR SHARE";

    // Two processes may erase two accounts in one commit, and each must see the other's changes.
    private const string ReadSql =
        $"SELECT {JournalRows.CommitColumns} FROM journal_commit WHERE partition = $1 AND first_sequence <= $2 ORDER BY first_sequence DESC LIMIT 1 FOR UPDATE";

    private const string WriteSql = "UPDATE journal_commit SET texts = $3 WHERE partition = $1 AND first_sequence = $2";

    /// <summary>Overwrites the texts of an account in the commit that contains an entry.</summary>
    /// <returns>The first entry of the account's last operation before the commit; null if the tables have not reached the erasure.</returns>
    /// <exception cref="JournalDamagedException">The commit is damaged or missing.</exception>
    public async ValueTask<Sequence?> EraseAsync(AccountErasure erasure, Sequence entry, CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (!await IsStoredAsync(erasure.Sequence, cancellationToken).ConfigureAwait(false))
            {
                return null;
            }

            StoredCommit commit = await ReadAsync(entry, cancellationToken).ConfigureAwait(false);
            TextErasure found = Find(commit, erasure);
            if (found.IsNeeded)
            {
                await WriteAsync(commit.Header.First, found.ToTexts(), cancellationToken).ConfigureAwait(false);
                await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            }

            return found.PreviousOperation;
        }
    }

    /// <summary>Removes old versions of all rows with account keys or texts. The operator is responsible for copies of the write-ahead log.</summary>
    /// <returns>False if another process or partition is purging now.</returns>
    public async ValueTask<bool> TryPurgeAsync(CancellationToken cancellationToken)
    {
        if (!await TryLockAsync(cancellationToken).ConfigureAwait(false))
        {
            return false;
        }

        try
        {
            await RunAsync(VacuumSql, cancellationToken).ConfigureAwait(false);
            return true;
        }
        finally
        {
            await RunAsync(UnlockSql, CancellationToken.None).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> TryLockAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(LockSql, connection);
        await using (command.ConfigureAwait(false))
        {
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }

    private async Task RunAsync(string sql, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection) { CommandTimeout = VacuumTimeoutSeconds };
        await using (command.ConfigureAwait(false))
        {
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<bool> IsStoredAsync(Sequence erasure, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(LockPositionSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is long last && last >= erasure.Value;
        }
    }

    private async ValueTask<StoredCommit> ReadAsync(Sequence entry, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(ReadSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddSequence(entry);
            NpgsqlDataReader row = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                return await row.ReadAsync(cancellationToken).ConfigureAwait(false) && JournalRows.ToCommit(row) is var commit && commit.Header.Last >= entry
                    ? commit
                    : throw Failure.OfContent(partition, new InvalidRowException("the commit is missing"), entry, entry, null);
            }
        }
    }

    private TextErasure Find(StoredCommit commit, AccountErasure erasure)
    {
        try
        {
            return TextErasure.Find(commit.Header, commit.Bytes, erasure);
        }
        catch (InvalidRowException fault)
        {
            throw Failure.OfContent(partition, fault, commit.Header.First, commit.Header.Last, commit.Header.Id);
        }
    }

    private async Task WriteAsync(Sequence first, byte[] texts, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(WriteSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition).AddSequence(first).AddBytes(texts);
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
