using System.Globalization;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares the changes of payers' points and lots on each day with the sums of the journals. Days with a sum of 0 need no row.</summary>
internal static class DayAudit
{
    private const int NoDay = -1;

    public static void Check(RawDatabase readModel, IReadOnlyList<Auditor> audits)
    {
        Same(
            readModel.Read(
                $"""
                SELECT {readModel.Partition}, payer, {readModel.DayNumber("recorded_day")}, kind, {readModel.DayNumber("occurred_day")},
                    CAST(points AS text)
                FROM payer_flow {readModel.Serving}
                """,
                row => (Days: (row.GetInt32(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetInt32(4)), Points: Number(row.GetString(5)))),
            Rows(audits).Where(row => row.Row.Points != 0).Select(row => (
                (row.Partition, row.Row.Payer!, Day(row.RecordedAt), row.Row.Kind, row.Row.Kind is "credit" or "deduction" ? Day(row.Row.OccurredAt) : NoDay),
                (Int128)row.Row.Points)));
        Same(
            readModel.Read(
                $"""
                SELECT {readModel.Partition}, payer, {readModel.DayNumber("recorded_day")}, {readModel.DayNumber("occurred_day")},
                    {readModel.DayNumber("expires_day")}, CAST(lot_points AS text)
                FROM payer_stock {readModel.Serving}
                """,
                row => (Days: (row.GetInt32(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4)), Points: Number(row.GetString(5)))),
            Rows(audits).Where(row => row.Row.LotPoints != 0).Select(row => (
                (row.Partition, row.Row.Payer!, Day(row.RecordedAt), Day(row.Row.OccurredAt), Day(row.Row.ExpiresAt)),
                (Int128)row.Row.LotPoints)));
    }

    private static IEnumerable<(int Partition, long RecordedAt, JournalRow Row)> Rows(IEnumerable<Auditor> audits) => audits.SelectMany(
        audit => audit.Operations.Values.SelectMany(operation => operation.Rows.Select(row => (audit.Partition, operation.RecordedAt, row))));

    private static int Day(long? microseconds) =>
        microseconds is null ? NoDay : DateOnly.FromDateTime(DateTime.UnixEpoch.AddMicroseconds(microseconds.Value)).DayNumber;

    private static Int128 Number(string text) => Int128.Parse(text, CultureInfo.InvariantCulture);

    private static void Same<TDays>(IEnumerable<(TDays Days, Int128 Points)> stored, IEnumerable<(TDays Days, Int128 Points)> audited)
        where TDays : notnull
    {
        List<(TDays Days, Int128 Points)> rows = [.. stored];
        Assert.Equal(rows.Count, rows.Select(row => row.Days).Distinct().Count());
        Assert.Equal(Sums(audited), Sums(rows));
    }

    private static List<KeyValuePair<TDays, Int128>> Sums<TDays>(IEnumerable<(TDays Days, Int128 Points)> rows)
        where TDays : notnull =>
    [
        .. rows.GroupBy(row => row.Days)
            .Select(days => KeyValuePair.Create(days.Key, days.Aggregate(Int128.Zero, (sum, row) => sum + row.Points)))
            .Where(days => days.Value != 0)
            .OrderBy(days => days.Key.ToString(), StringComparer.Ordinal),
    ];
}
