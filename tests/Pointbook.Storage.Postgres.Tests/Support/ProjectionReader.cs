using System.Globalization;
using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
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
            row => (Account(row), row.GetInt64(1)),
            prefix);
        AccountRequest[] requests = [.. rows.Select(row => new AccountRequest(row.Account, WithState: true, [], []))];
        Dictionary<AccountId, LoadedAccount> loaded = (await Compare.LoadAsync(projection, requests)).ToDictionary(account => account.Account);
        ILookup<AccountId, OperationRow> operations = await ReadOperationsAsync(sql, prefix);
        ILookup<AccountId, (Sequence, SubjectEnd)> ends = await ReadEndsAsync(sql, prefix);
        ILookup<AccountId, (IdempotencyKey, KeyRecord)> keys = await ReadKeysAsync(sql, prefix);
        return new ProjectionTables(
            await projection.ReadPositionAsync(CancellationToken.None),
            [
                .. rows.Select(row => new AccountTables(
                    loaded[row.Account].Snapshot!, row.OpenLots, [.. operations[row.Account]], [.. ends[row.Account]], [.. keys[row.Account]])),
            ],
            new PayerTables(await ReadTotalsAsync(sql, prefix), await ReadFlowsAsync(sql, prefix), await ReadStocksAsync(sql, prefix)));
    }

    private static async Task<ILookup<AccountId, OperationRow>> ReadOperationsAsync(Sql sql, string prefix)
    {
        List<(AccountId Account, OperationRow Operation)> operations = await sql.QueryAsync(
            """
            SELECT account, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at
            FROM operation
            WHERE partition = 0 AND starts_with(account, $1)
            ORDER BY account, first_sequence
            """,
            row => (
                Account(row),
                new OperationRow(
                    new Sequence(row.GetInt64(1)),
                    new Sequence(row.GetInt64(2)),
                    Kind(row, 3),
                    new CommitTime(PostgresTime.Read(row, 9), PostgresTime.Read(row, 4)),
                    new Points(row.GetInt64(5)),
                    OperationPayers.FromStored(row.GetFieldValue<byte[]>(6)),
                    OperationCheck.FromStored(row.GetFieldValue<byte[]>(7)),
                    row.IsDBNull(8) ? null : PieceChecks.FromStored(row.GetFieldValue<byte[]>(8)))),
            prefix);
        return operations.ToLookup(operation => operation.Account, operation => operation.Operation);
    }

    private static async Task<ILookup<AccountId, (Sequence, SubjectEnd)>> ReadEndsAsync(Sql sql, string prefix)
    {
        List<(AccountId Account, Sequence Spend, SubjectEnd End)> ends = await sql.QueryAsync(
            "SELECT account, subject, kind, sequence FROM operation_end WHERE partition = 0 AND starts_with(account, $1) ORDER BY account, subject",
            row => (Account(row), new Sequence(row.GetInt64(1)), new SubjectEnd(Kind(row, 2), new Sequence(row.GetInt64(3)))),
            prefix);
        return ends.ToLookup(end => end.Account, end => (end.Spend, end.End));
    }

    private static async Task<ILookup<AccountId, (IdempotencyKey, KeyRecord)>> ReadKeysAsync(Sql sql, string prefix)
    {
        List<(AccountId Account, IdempotencyKey Key, KeyRecord Record)> keys = await sql.QueryAsync(
            "SELECT account, key, hash, operation, decided_at FROM idempotency_key WHERE starts_with(account, $1) ORDER BY account, key",
            row => (
                Account(row),
                IdempotencyKey.FromTrusted(row.GetString(1)),
                new KeyRecord(new Digest(row.GetFieldValue<byte[]>(2)), new Sequence(row.GetInt64(3)), PostgresTime.Read(row, 4))),
            prefix);
        return keys.ToLookup(key => key.Account, key => (key.Key, key.Record));
    }

    private static Task<List<PayerTotalChange>> ReadTotalsAsync(Sql sql, string prefix) => sql.QueryAsync(
        "SELECT payer, points::text, outstanding::text FROM payer_total WHERE partition = 0 AND starts_with(payer, $1)",
        row => new PayerTotalChange(PayerName.FromTrusted(row.GetString(0)), Number(row, 1), Number(row, 2)),
        prefix);

    private static Task<List<KeyValuePair<PayerFlow, Int128>>> ReadFlowsAsync(Sql sql, string prefix) => sql.QueryAsync(
        """
        SELECT payer, recorded_day, kind, nullif(occurred_day, 'infinity'), points::text
        FROM payer_flow
        WHERE partition = 0 AND starts_with(payer, $1)
        """,
        row => KeyValuePair.Create(
            new PayerFlow(PayerName.FromTrusted(row.GetString(0)), Day(row, 1)!.Value, Kind(row, 2), Day(row, 3)), Number(row, 4)),
        prefix);

    private static Task<List<KeyValuePair<PayerStock, Int128>>> ReadStocksAsync(Sql sql, string prefix) => sql.QueryAsync(
        """
        SELECT payer, recorded_day, occurred_day, nullif(expires_day, 'infinity'), lot_points::text
        FROM payer_stock
        WHERE partition = 0 AND starts_with(payer, $1)
        """,
        row => KeyValuePair.Create(
            new PayerStock(PayerName.FromTrusted(row.GetString(0)), Day(row, 1)!.Value, Day(row, 2)!.Value, Day(row, 3)), Number(row, 4)),
        prefix);

    private static AccountId Account(NpgsqlDataReader row) => AccountId.FromTrusted(row.GetString(0));

    private static EntryKind Kind(NpgsqlDataReader row, int column) => EntryKindNames.TryParse(row.GetString(column))!.Value;

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);

    private static Int128 Number(NpgsqlDataReader row, int column) => Int128.Parse(row.GetString(column), CultureInfo.InvariantCulture);
}
