using Microsoft.Data.Sqlite;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>Reads all tables of an account store. It loads the states, and reads all other rows directly from the file.</summary>
internal static class AccountStoreReader
{
    public static async Task<AccountStoreTables> ReadAsync(SqliteAccountStore accountStore, string path, string prefix)
    {
        using Sql sql = new(path);
        List<StoredAccount> rows = sql.Query(
            $"SELECT account, stands_at, next_due, oldest_key, snapshot FROM account WHERE account GLOB '{prefix}*' ORDER BY account",
            row => StoredAccount.Read(
                AccountId.FromTrusted(row.GetString(0)),
                new StoredRow(new Sequence(row.GetInt64(1)), Number64(row, 2), Number64(row, 3), Blob(row, 4))));
        List<AccountTables> accounts = [];
        foreach (StoredAccount account in rows)
        {
            foreach (long chunk in account.ChunksForSnapshot().Concat(account.ChunksOfUses()))
            {
                account.Provide(chunk, sql.Scalar<byte[]>($"SELECT body FROM account_chunk WHERE account = '{account.Account}' AND chunk = {chunk}"));
            }

            accounts.Add(new AccountTables(account.ToSnapshot(), ReadOperations(sql, account.Row.Opening), account.SubjectEnds(), account.KeyRecords()));
        }

        return new AccountStoreTables(await accountStore.ReadPositionAsync(CancellationToken.None), accounts);
    }

    private static List<Sequence> ReadOperations(Sql sql, Sequence opening) => sql.Query(
        $"SELECT first_sequence FROM operation WHERE opening = {opening} ORDER BY first_sequence", row => new Sequence(row.GetInt64(0)));

    private static long? Number64(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static byte[] Blob(SqliteDataReader row, int column) => (byte[])row.GetValue(column);
}
