using System.Globalization;
using Npgsql;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract;

namespace Pointbook.Storage.Postgres.Tests.Support;

/// <summary>Reads all sums of the read model of the only partition, as they are in the database.</summary>
internal static class SumsReader
{
    public static async Task<PayerTables> ReadAsync(Sql sql, string prefix) =>
        new(await ReadTotalsAsync(sql, prefix), await ReadFlowsAsync(sql, prefix), await ReadStocksAsync(sql, prefix));

    private static Task<List<PayerTotalChange>> ReadTotalsAsync(Sql sql, string prefix) => sql.QueryAsync(
        "SELECT payer, points::text, outstanding::text FROM payer_total WHERE partition = 0 AND generation = (SELECT max(generation) FROM read_model WHERE partition = 0 AND is_complete) AND starts_with(payer, $1)",
        row => new PayerTotalChange(PayerName.FromTrusted(row.GetString(0)), Number(row, 1), Number(row, 2)),
        prefix);

    private static Task<List<KeyValuePair<PayerFlow, Int128>>> ReadFlowsAsync(Sql sql, string prefix) => sql.QueryAsync(
        """
        SELECT payer, recorded_day, kind, nullif(occurred_day, 'infinity'), points::text
        FROM payer_flow
        WHERE partition = 0 AND generation = (SELECT max(generation) FROM read_model WHERE partition = 0 AND is_complete) AND starts_with(payer, $1)
        """,
        row => KeyValuePair.Create(
            new PayerFlow(PayerName.FromTrusted(row.GetString(0)), Day(row, 1)!.Value, Kind(row, 2), Day(row, 3)), Number(row, 4)),
        prefix);

    private static Task<List<KeyValuePair<PayerStock, Int128>>> ReadStocksAsync(Sql sql, string prefix) => sql.QueryAsync(
        """
        SELECT payer, recorded_day, occurred_day, nullif(expires_day, 'infinity'), lot_points::text
        FROM payer_stock
        WHERE partition = 0 AND generation = (SELECT max(generation) FROM read_model WHERE partition = 0 AND is_complete) AND starts_with(payer, $1)
        """,
        row => KeyValuePair.Create(
            new PayerStock(PayerName.FromTrusted(row.GetString(0)), Day(row, 1)!.Value, Day(row, 2)!.Value, Day(row, 3)), Number(row, 4)),
        prefix);

    private static EntryKind Kind(NpgsqlDataReader row, int column) => EntryKindNames.TryParse(row.GetString(column))!.Value;

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);

    private static Int128 Number(NpgsqlDataReader row, int column) => Int128.Parse(row.GetString(column), CultureInfo.InvariantCulture);
}
