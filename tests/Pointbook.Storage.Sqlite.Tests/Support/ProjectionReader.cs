using System.Globalization;
using Microsoft.Data.Sqlite;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>Reads all tables of a projection, states by loading them and everything else as it stands in the file.</summary>
internal static class ProjectionReader
{
    public static async Task<ProjectionTables> ReadAsync(SqliteProjection projection, string path, string prefix)
    {
        using Sql sql = new(path);
        List<(AccountId Account, long OpenLots)> rows = sql.Query(
            $"SELECT account, open_lots FROM account WHERE account GLOB '{prefix}*' ORDER BY account", row => (AccountId.FromTrusted(row.GetString(0)), row.GetInt64(1)));
        AccountRequest[] requests = [.. rows.Select(row => new AccountRequest(row.Account, WithState: true, []))];
        Dictionary<AccountId, LoadedAccount> loaded = (await Compare.LoadAsync(projection, requests)).ToDictionary(account => account.Account);
        List<AccountTables> accounts = [];
        foreach ((AccountId account, long openLots) in rows)
        {
            accounts.Add(new AccountTables(
                loaded[account].Snapshot!,
                openLots,
                ReadEntries(sql, "account_entry", account),
                ReadEntries(sql, "archived_entry", account),
                ReadKeys(sql, account)));
        }

        return new ProjectionTables(await projection.ReadPositionAsync(CancellationToken.None), accounts, ReadTotals(sql, prefix));
    }

    private static List<Sequence> ReadEntries(Sql sql, string table, AccountId account)
    {
        List<(long First, long Last)> runs = sql.Query(
            $"SELECT first_sequence, last_sequence FROM {table} WHERE account = '{account}' ORDER BY first_sequence",
            row => (row.GetInt64(0), row.GetInt64(1)));
        return [.. runs.SelectMany(run => Enumerable.Range((int)run.First, (int)(run.Last - run.First + 1))).Select(sequence => new Sequence(sequence))];
    }

    private static List<(IdempotencyKey Key, KeyRecord Record)> ReadKeys(Sql sql, AccountId account) => sql.Query(
        $"SELECT key, hash, operation FROM idempotency_key WHERE account = '{account}' ORDER BY key",
        row => (IdempotencyKey.FromTrusted(row.GetString(0)), new KeyRecord(new Digest(Blob(row, 1)), new Sequence(row.GetInt64(2)))));

    private static List<PayerTotalChange> ReadTotals(Sql sql, string prefix) => sql.Query(
        $"SELECT payer, points, outstanding FROM payer_total WHERE payer GLOB '{prefix}*' ORDER BY payer",
        row => new PayerTotalChange(PayerName.FromTrusted(row.GetString(0)), Number(row, 1), Number(row, 2)));

    private static Int128 Number(SqliteDataReader row, int column) => Int128.Parse(row.GetString(column), CultureInfo.InvariantCulture);

    private static byte[] Blob(SqliteDataReader row, int column) => (byte[])row.GetValue(column);
}
