using System.Globalization;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares what a projection keeps of payers by days with what the journals add up to.</summary>
internal static class DayAudit
{
    private const long MicrosecondsPerDay = 86_400_000_000;
    private const int None = -1;

    private static readonly int UnixEpoch = new DateOnly(1970, 1, 1).DayNumber;

    /// <summary>Compares both tables, row by row. Days whose sum is zero count like days that there are not.</summary>
    public static void Check(RawDatabase projection, IReadOnlyList<Auditor> audits)
    {
        (Auditor Audit, Operation Operation, JournalRow Row)[] entries =
        [
            .. audits.SelectMany(audit => audit.Operations.Values.SelectMany(operation => operation.Rows.Select(row => (audit, operation, row))))
                .Where(entry => entry.row.Payer is not null),
        ];
        Same(
            projection.Read(
                $"""
                SELECT {projection.Partition}, payer, {projection.DayNumber("recorded_day")}, kind, {projection.DayNumber("occurred_day")},
                    CAST(points AS text)
                FROM payer_flow
                """,
                row => ((row.GetInt32(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetInt32(4)), Number(row.GetString(5)))),
            entries.Select(entry => (
                (entry.Audit.Partition, entry.Row.Payer!, Day(entry.Operation.RecordedAt), entry.Row.Kind, TransactionDay(entry.Row)),
                (Int128)entry.Row.Points)));
        Same(
            projection.Read(
                $"""
                SELECT {projection.Partition}, payer, {projection.DayNumber("recorded_day")}, {projection.DayNumber("occurred_day")},
                    {projection.DayNumber("expires_day")}, CAST(lot_points AS text)
                FROM payer_stock
                """,
                row => ((row.GetInt32(0), row.GetString(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4)), Number(row.GetString(5)))),
            entries.Select(entry => (
                (entry.Audit.Partition, entry.Row.Payer!, Day(entry.Operation.RecordedAt), Day(entry.Row.OccurredAt), Day(entry.Row.ExpiresAt)),
                (Int128)entry.Row.LotPoints)));
    }

    private static void Same<TKey>(IEnumerable<(TKey Key, Int128 Sum)> stored, IEnumerable<(TKey Key, Int128 Change)> audited)
        where TKey : notnull
    {
        Dictionary<TKey, Int128> sums = [];
        foreach ((TKey key, Int128 change) in audited)
        {
            sums[key] = sums.GetValueOrDefault(key) + change;
        }

        Assert.Equal(
            sums.Where(sum => sum.Value != 0).ToDictionary(),
            stored.Where(row => row.Sum != 0).ToDictionary(row => row.Key, row => row.Sum));
    }

    private static int TransactionDay(JournalRow row) => row.Kind is "credit" or "deduction" ? Day(row.OccurredAt) : None;

    private static int Day(long? microseconds) =>
        microseconds is null ? None : UnixEpoch + (int)Math.Floor((decimal)microseconds.Value / MicrosecondsPerDay);

    private static Int128 Number(string text) => Int128.Parse(text, CultureInfo.InvariantCulture);
}
