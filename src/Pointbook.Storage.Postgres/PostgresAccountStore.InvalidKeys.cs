using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <content>The deletion of rows with invalid account keys, and the end of the check of all accounts that follows it.</content>
public sealed partial class PostgresAccountStore
{
    // The last process that finds the same key invalid owns the mark, because it may have deleted the row that was found last.
    private const string MarkInvalidSql =
        "INSERT INTO damaged_account (account, partition, damage) SELECT unnest($1::text[]), $2, $3 ON CONFLICT (partition, account) DO UPDATE SET damage = excluded.damage";

    // The mark of a deleted row. Until all accounts are checked, a start rebuilds the tables, as for damaged accounts. It differs between processes,
    // because the check of one process says nothing about rows that another one deletes meanwhile.
    private readonly string _invalidKey = $"its key is invalid, as process {Guid.NewGuid():N} found";

    // No check ends while rows are deleted and counted.
    private readonly SemaphoreSlim _deleting = new(1);
    private long _rowsOfNoAccount;

    /// <inheritdoc/>
    public async ValueTask FinishCheckAsync(long deletedRows, CancellationToken cancellationToken)
    {
        await _deleting.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Interlocked.Read(ref _rowsOfNoAccount) == deletedRows)
            {
                await RunAsync(
                    "DELETE FROM damaged_account WHERE partition = $1 AND damage = $2",
                    parameters => parameters.AddInt(_partition).AddText(_invalidKey),
                    cancellationToken).ConfigureAwait(false);
            }
        }
        finally
        {
            _deleting.Release();
        }
    }

    /// <summary>Lists accounts. Deletes rows with an invalid account key.</summary>
    /// <exception cref="AccountStoreDamagedException">There are rows with invalid keys, and the store was opened read-only.</exception>
    private async ValueTask<IReadOnlyList<AccountId>> ListAsync(Func<ValueTask<AccountTexts>> list)
    {
        AccountTexts accounts = await GuardAsync(list).ConfigureAwait(false);
        if (accounts.Invalid.Count > 0 && _isReadOnly)
        {
            throw Unreadable("rows have an invalid account key", cause: null);
        }

        if (accounts.Invalid.Count == 0)
        {
            return accounts.Accounts;
        }

        // Those rows may have occupied places of due accounts, so the list is read again. If the database deletes none of them, it stays as it is.
        return await ConvertAsync(() => DeleteRowsAsync([.. accounts.Invalid])).ConfigureAwait(false) ? await ListAsync(list).ConfigureAwait(false) : accounts.Accounts;
    }

    /// <summary>Deletes rows with invalid account keys, and marks them in the same transaction.</summary>
    /// <returns>Whether it deleted any row of an account. Another process may have deleted some.</returns>
    private async ValueTask<bool> DeleteRowsAsync(string[] texts)
    {
        await _deleting.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            return await DeleteAsync(texts).ConfigureAwait(false);
        }
        finally
        {
            _deleting.Release();
        }
    }

    private async ValueTask<bool> DeleteAsync(string[] texts)
    {
        NpgsqlBatch batch = _source.CreateBatch();
        await using (batch.ConfigureAwait(false))
        {
            batch.Add("DELETE FROM account WHERE partition = $1 AND account = ANY ($2)").AddInt(_partition).AddTexts(texts);
            batch.Add("DELETE FROM account_chunk WHERE partition = $1 AND account = ANY ($2)").AddInt(_partition).AddTexts(texts);
            batch.Add(MarkInvalidSql).AddTexts(texts).AddInt(_partition).AddText(_invalidKey);
            await batch.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
            int deleted = checked((int)batch.BatchCommands[0].Rows);
            if (deleted > 0)
            {
                Interlocked.Add(ref _rowsOfNoAccount, deleted);
                _logger.RowsOfNoAccount(_partition, deleted);
            }

            return deleted > 0;
        }
    }
}
