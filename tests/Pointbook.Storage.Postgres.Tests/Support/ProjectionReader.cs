using System.Globalization;
using Npgsql;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;
using Pointbook.StorageContract.Support;

namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>Reads all tables of the only partition's projection, states by loading them and everything else as it stands in the database.</summary>
internal static class ProjectionReader
{
    public static async Task<ProjectionTables> ReadAsync(IProjection projection, Sql sql, string prefix)
    {
        List<(AccountId Account, long OpenLots)> rows = await sql.QueryAsync(
            "SELECT account, open_lots FROM account WHERE partition = 0 AND starts_with(account, $1) ORDER BY account",
            row => (AccountId.FromTrusted(row.GetString(0)), row.GetInt64(1)),
            prefix);
        AccountRequest[] requests = [.. rows.Select(row => new AccountRequest(row.Account, WithState: true, []))];
        Dictionary<AccountId, LoadedAccount> loaded = (await Compare.LoadAsync(projection, requests)).ToDictionary(account => account.Account);
        ILookup<AccountId, Sequence> live = await ReadEntriesAsync(sql, "account_entry", prefix);
        ILookup<AccountId, Sequence> archived = await ReadEntriesAsync(sql, "archived_entry", prefix);
        ILookup<AccountId, (IdempotencyKey, KeyRecord)> keys = await ReadKeysAsync(sql, prefix);
        return new ProjectionTables(
            await projection.ReadPositionAsync(CancellationToken.None),
            [
                .. rows.Select(row => new AccountTables(
                    loaded[row.Account].Snapshot!, row.OpenLots, [.. live[row.Account]], [.. archived[row.Account]], [.. keys[row.Account]])),
            ],
            await ReadTotalsAsync(sql, prefix));
    }

    private static async Task<ILookup<AccountId, Sequence>> ReadEntriesAsync(Sql sql, string table, string prefix)
    {
        List<(AccountId Account, long First, long Last)> runs = await sql.QueryAsync(
            $"SELECT account, first_sequence, last_sequence FROM {table} WHERE starts_with(account, $1) ORDER BY account, first_sequence",
            row => (AccountId.FromTrusted(row.GetString(0)), row.GetInt64(1), row.GetInt64(2)),
            prefix);
        return runs
            .SelectMany(run => Enumerable.Range((int)run.First, (int)(run.Last - run.First + 1)).Select(sequence => (run.Account, Sequence: new Sequence(sequence))))
            .ToLookup(entry => entry.Account, entry => entry.Sequence);
    }

    private static async Task<ILookup<AccountId, (IdempotencyKey, KeyRecord)>> ReadKeysAsync(Sql sql, string prefix)
    {
        List<(AccountId Account, IdempotencyKey Key, KeyRecord Record)> keys = await sql.QueryAsync(
            "SELECT account, key, hash, operation FROM idempotency_key WHERE starts_with(account, $1) ORDER BY account, key",
            row => (
                AccountId.FromTrusted(row.GetString(0)),
                IdempotencyKey.FromTrusted(row.GetString(1)),
                new KeyRecord(new Digest(row.GetFieldValue<byte[]>(2)), new Sequence(row.GetInt64(3)))),
            prefix);
        return keys.ToLookup(key => key.Account, key => (key.Key, key.Record));
    }

    private static Task<List<PayerTotalChange>> ReadTotalsAsync(Sql sql, string prefix) => sql.QueryAsync(
        "SELECT payer, points::text, outstanding::text FROM payer_total WHERE partition = 0 AND starts_with(payer, $1) ORDER BY payer",
        row => new PayerTotalChange(PayerName.FromTrusted(row.GetString(0)), Number(row, 1), Number(row, 2)),
        prefix);

    private static Int128 Number(NpgsqlDataReader row, int column) => Int128.Parse(row.GetString(column), CultureInfo.InvariantCulture);
}
