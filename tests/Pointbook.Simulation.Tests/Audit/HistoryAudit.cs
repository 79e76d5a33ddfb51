namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares operations with what the journals add up to.</summary>
internal static class HistoryAudit
{
    public static void Check(RawDatabase projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            $"""
            SELECT account, first_sequence, last_sequence, kind, {projection.Microseconds("recorded_at")}, points
            FROM operation ORDER BY account, first_sequence
            """,
            row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5))),
        accounts.SelectMany(account => account.History.Operations.Select(operation => (
            account.Name, operation.Header.Sequence, operation.Rows[^1].Sequence, operation.Kind, operation.RecordedAt, operation.Points))));

    private static void Same<T>(IEnumerable<T> stored, IEnumerable<T> audited) => Assert.Equal(audited, stored);
}
