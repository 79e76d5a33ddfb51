using System.Globalization;
using Microsoft.Data.Sqlite;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;

namespace Pointbook.Storage.Sqlite.Tests.Support;

/// <summary>Reads all sums of one generation of a read model, as they are in its file.</summary>
internal static class SumsReader
{
    public static PayerTables Read(string path, string prefix)
    {
        using Sql sql = new(path);
        return new PayerTables(ReadTotals(sql, prefix), ReadFlows(sql, prefix), ReadStocks(sql, prefix));
    }

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

    /// <summary>Converts a number to a day. Returns null for the number before the first day.</summary>
    private static DateOnly? Day(SqliteDataReader row, int column) => row.GetInt32(column) == -1 ? null : DateOnly.FromDayNumber(row.GetInt32(column));

    private static Int128 Number(SqliteDataReader row, int column) => Int128.Parse(row.GetString(column), CultureInfo.InvariantCulture);
}
