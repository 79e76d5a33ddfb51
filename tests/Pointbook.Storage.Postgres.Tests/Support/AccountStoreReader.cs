using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;

namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>Reads all tables of the account store of the only partition, as they are in the database.</summary>
internal static class AccountStoreReader
{
    public static async Task<AccountStoreTables> ReadAsync(IAccountStore accountStore, Sql sql, string prefix)
    {
        List<StoredAccount> accounts = await sql.QueryAsync(
            "SELECT account, stands_at, next_due, oldest_key, snapshot FROM account WHERE partition = 0 AND starts_with(account, $1) ORDER BY account",
            row => StoredAccount.Read(
                Account(row),
                new StoredRow(new Sequence(row.GetInt64(1)), OptionalNumber(row, 2), OptionalNumber(row, 3), row.GetFieldValue<byte[]>(4))),
            prefix);
        foreach (StoredAccount account in accounts)
        {
            await ProvideAsync(sql, account);
        }

        ILookup<Sequence, Sequence> operations = await ReadOperationsAsync(sql);
        return new AccountStoreTables(
            await accountStore.ReadPositionAsync(CancellationToken.None),
            [
                .. accounts.Select(account => new AccountTables(
                    account.ToSnapshot(), [.. operations[account.Row.Opening]], account.SubjectEnds(), account.KeyRecords())),
            ]);
    }

    /// <summary>Reads all chunks of an account.</summary>
    private static async Task ProvideAsync(Sql sql, StoredAccount account)
    {
        HashSet<long> needed = [.. account.ChunksForSnapshot(), .. account.ChunksOfUses()];
        if (needed.Count == 0)
        {
            return;
        }

        List<(long Chunk, byte[] Body)> chunks = await sql.QueryAsync(
            "SELECT chunk, body FROM account_chunk WHERE partition = 0 AND account = $1",
            row => (row.GetInt64(0), row.GetFieldValue<byte[]>(1)),
            account.Account.Value);

        // No chunk remains that the snapshot does not refer to.
        Assert.Equal(needed.Order(), chunks.Select(chunk => chunk.Chunk).Order());
        foreach ((long chunk, byte[] body) in chunks)
        {
            account.Provide(chunk, body);
        }
    }

    private static async Task<ILookup<Sequence, Sequence>> ReadOperationsAsync(Sql sql)
    {
        List<(Sequence Opening, Sequence Operation)> operations = await sql.QueryAsync(
            "SELECT opening, first_sequence FROM operation WHERE partition = 0 ORDER BY opening, first_sequence",
            row => (new Sequence(row.GetInt64(0)), new Sequence(row.GetInt64(1))));
        return operations.ToLookup(operation => operation.Opening, operation => operation.Operation);
    }

    private static AccountId Account(NpgsqlDataReader row) => AccountId.FromTrusted(row.GetString(0));

    private static long? OptionalNumber(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
