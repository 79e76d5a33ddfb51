namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares operations, what became of spends, and pending spends with what the journals add up to.</summary>
internal static class HistoryAudit
{
    public static void Check(RawDatabase projection, IReadOnlyList<AuditedAccount> accounts)
    {
        CheckOperations(projection, accounts);
        CheckEnds(projection, accounts);
        CheckHolds(projection, accounts);
        CheckDraws(projection, accounts);
    }

    private static void CheckOperations(RawDatabase projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            $"""
            SELECT account, first_sequence, last_sequence, kind, {projection.Microseconds("recorded_at")}, points
            FROM operation ORDER BY account, first_sequence
            """,
            row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5))),
        accounts.SelectMany(account => account.History.Operations.Select(operation => (
            account.Name, operation.Header.Sequence, operation.Rows[^1].Sequence, operation.Kind, operation.RecordedAt, operation.Points))));

    private static void CheckEnds(RawDatabase projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            "SELECT account, subject, kind, sequence FROM operation_end ORDER BY account, subject",
            row => (row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetInt64(3))),
        accounts.SelectMany(account => account.History.Ends.Select(end => (
            account.Name, end.Key, end.Value.Kind, end.Value.Header.Sequence))));

    private static void CheckHolds(RawDatabase projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            $"SELECT account, sequence, {projection.Microseconds("ends_at")} FROM hold ORDER BY account, sequence",
            row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2))),
        accounts.SelectMany(account => account.History.Holds.Select(spend => (
            account.Name, spend.Header.Sequence, spend.Header.ExpiresAt!.Value))));

    private static void CheckDraws(RawDatabase projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            $"""
            SELECT account, hold, {projection.Microseconds("occurred_at")}, lot, payer, points, {projection.Microseconds("expires_at")}
            FROM held_draw ORDER BY account, hold, occurred_at, lot
            """,
            row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetString(4), row.GetInt64(5), row.OptionalInt64(6))),
        accounts.SelectMany(account => account.History.Holds.SelectMany(spend => spend.Draws.Select(row => (
            account.Name, spend.Header.Sequence, row.OccurredAt!.Value, row.Lot!.Value, row.Payer!, -row.Points, row.ExpiresAt)))));

    private static void Same<T>(IEnumerable<T> stored, IEnumerable<T> audited) => Assert.Equal(audited, stored);
}
