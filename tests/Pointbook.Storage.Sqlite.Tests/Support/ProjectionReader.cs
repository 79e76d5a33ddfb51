using System.Globalization;
using Microsoft.Data.Sqlite;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>Reads all tables of a projection, states by loading them and everything else as it stands in the file.</summary>
internal static class ProjectionReader
{
    public static async Task<ProjectionTables> ReadAsync(SqliteProjection projection, string path, string prefix)
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

            accounts.Add(new AccountTables(account.ToSnapshot(), ReadOperations(sql, account.Account), account.SubjectEnds(), account.KeyRecords()));
        }

        return new ProjectionTables(await projection.ReadPositionAsync(CancellationToken.None), accounts, new PayerTables(ReadTotals(sql, prefix), ReadFlows(sql, prefix), ReadStocks(sql, prefix)));
    }

    private static List<OperationRow> ReadOperations(Sql sql, AccountId account) => sql.Query(
        $"SELECT first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, coalesce(decided_at, recorded_at) FROM operation WHERE account = '{account}' ORDER BY first_sequence",
        row => new OperationRow(
            new Sequence(row.GetInt64(0)),
            new Sequence(row.GetInt64(1)),
            Kind(row, 2),
            new CommitTime(Time(row, 8), Time(row, 3)),
            new Points(row.GetInt64(4)),
            OperationPayers.FromStored(Blob(row, 5)),
            OperationCheck.FromStored(Blob(row, 6)),
            row.IsDBNull(7) ? null : PieceChecks.FromStored(Blob(row, 7))));

    private static List<PayerTotalChange> ReadTotals(Sql sql, string prefix) => sql.Query(
        $"SELECT payer, points, outstanding FROM payer_total WHERE payer GLOB '{prefix}*' ORDER BY payer",
        row => new PayerTotalChange(PayerName.FromTrusted(row.GetString(0)), Number(row, 1), Number(row, 2)));

    private static List<KeyValuePair<PayerFlow, Int128>> ReadFlows(Sql sql, string prefix) => sql.Query(
        $"SELECT payer, recorded_day, kind, occurred_day, points FROM payer_flow WHERE payer GLOB '{prefix}*'",
        row => KeyValuePair.Create(
            new PayerFlow(PayerName.FromTrusted(row.GetString(0)), Day(row, 1)!.Value, Kind(row, 2), Day(row, 3)), Number(row, 4)));

    private static List<KeyValuePair<PayerStock, Int128>> ReadStocks(Sql sql, string prefix) => sql.Query(
        $"SELECT payer, recorded_day, occurred_day, expires_day, lot_points FROM payer_stock WHERE payer GLOB '{prefix}*'",
        row => KeyValuePair.Create(
            new PayerStock(PayerName.FromTrusted(row.GetString(0)), Day(row, 1)!.Value, Day(row, 2)!.Value, Day(row, 3)), Number(row, 4)));

    private static EntryKind Kind(SqliteDataReader row, int column) => EntryKindNames.TryParse(row.GetString(column))!.Value;

    private static Instant Time(SqliteDataReader row, int column) => Instant.FromUnixMicroseconds(row.GetInt64(column));

    /// <summary>The day of a number; null for the one before the first day.</summary>
    private static DateOnly? Day(SqliteDataReader row, int column) => row.GetInt32(column) == -1 ? null : DateOnly.FromDayNumber(row.GetInt32(column));

    private static Int128 Number(SqliteDataReader row, int column) => Int128.Parse(row.GetString(column), CultureInfo.InvariantCulture);

    private static long? Number64(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);

    private static byte[] Blob(SqliteDataReader row, int column) => (byte[])row.GetValue(column);
}
