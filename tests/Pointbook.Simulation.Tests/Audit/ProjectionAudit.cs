using System.Globalization;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares the tables of the projection with what the journals add up to.</summary>
internal static class ProjectionAudit
{
    /// <summary>Compares every table of a database, row by row, with all partitions that it has.</summary>
    public static void Check(RawDatabase projection, params IReadOnlyList<Auditor> audits)
    {
        AuditedAccount[] accounts = [.. audits.SelectMany(audit => audit.Accounts.Values).OrderBy(account => account.Name, StringComparer.Ordinal)];
        CheckPositions(projection, audits);
        CheckAccounts(projection, accounts);
        CheckPayers(projection, accounts);
        CheckLots(projection, accounts);
        CheckKeys(projection, audits);
        HistoryAudit.Check(projection, accounts);
        CheckTotals(projection, audits);
        DayAudit.Check(projection, audits);
    }

    private static void CheckAccounts(RawDatabase projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            "SELECT account, stands_at, open_lots, flushed_through, flushed_through_before FROM account ORDER BY account",
            row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4))),
        accounts.Select(account => (
            account.Name, account.StandsAt, (long)account.OpenLots.Count(), account.History.FlushedThrough, account.History.FlushedThroughBefore)));

    private static void CheckPositions(RawDatabase projection, IEnumerable<Auditor> audits) => Same(
        projection.Read(
            $"SELECT {projection.Partition}, last_sequence, seal, target_sequence, target_seal FROM projection_position ORDER BY 1",
            row => (row.GetInt32(0), row.GetInt64(1), Convert.ToHexString(row.Bytes(2)), row.GetInt64(3), Convert.ToHexString(row.Bytes(4)))),
        audits.Select(audit => (audit.Partition, audit.Last, Convert.ToHexString(audit.Seal), audit.Last, Convert.ToHexString(audit.Seal))));

    private static void CheckPayers(RawDatabase projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            "SELECT account, payer, points, outstanding, first_sequence FROM payer_balance ORDER BY account, first_sequence",
            row => (row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4))),
        accounts.SelectMany(account => account.Payers.Select(payer => (account.Name, payer.Name, payer.Points, payer.Outstanding, payer.First))));

    private static void CheckLots(RawDatabase projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            $"""
            SELECT account, {projection.Microseconds("occurred_at")}, sequence, payer, remaining, {projection.Microseconds("expires_at")}
            FROM open_lot ORDER BY account, occurred_at, sequence
            """,
            row => (row.GetString(0), new LotPlace(row.GetInt64(1), row.GetInt64(2)), row.GetString(3), row.GetInt64(4), row.OptionalInt64(5))),
        accounts.SelectMany(account => account.OpenLots.Select(
            lot => (account.Name, lot.Key, lot.Value.Payer, lot.Value.Remaining, lot.Value.ExpiresAt))));

    private static void CheckKeys(RawDatabase projection, IEnumerable<Auditor> audits) => Same(
        projection.Read(
            $"SELECT account, key, hash, operation, {projection.Microseconds("decided_at")} FROM idempotency_key ORDER BY account, key",
            row => (row.GetString(0), row.GetString(1), Convert.ToHexString(row.Bytes(2)), row.GetInt64(3), row.GetInt64(4))),
        audits.SelectMany(audit => audit.Keys)
            .OrderBy(used => used.Key.Account, StringComparer.Ordinal)
            .ThenBy(used => used.Key.Key, StringComparer.Ordinal)
            .Select(used => (
                used.Key.Account,
                used.Key.Key,
                Convert.ToHexString(used.Value.Header.KeyHash!),
                used.Value.Header.Sequence,
                used.Value.DecidedAt)));

    private static void CheckTotals(RawDatabase projection, IEnumerable<Auditor> audits) => Same(
        projection.Read(
            $"SELECT {projection.Partition}, payer, CAST(points AS text), CAST(outstanding AS text) FROM payer_total ORDER BY 1, payer",
            row => (row.GetInt32(0), row.GetString(1), Number(row.GetString(2)), Number(row.GetString(3)))),
        audits.SelectMany(audit => audit.Operations.Values
            .SelectMany(operation => operation.Rows)
            .Where(row => row.Payer is not null)
            .GroupBy(row => row.Payer!, StringComparer.Ordinal)
            .OrderBy(payer => payer.Key, StringComparer.Ordinal)
            .Select(payer => (audit.Partition, payer.Key, Sum(payer, row => row.Points), Sum(payer, row => (Int128)row.LotPoints - row.Points)))));

    private static Int128 Sum(IEnumerable<JournalRow> rows, Func<JournalRow, Int128> value) =>
        rows.Aggregate(Int128.Zero, (sum, row) => sum + value(row));

    private static Int128 Number(string text) => Int128.Parse(text, CultureInfo.InvariantCulture);

    private static void Same<T>(IEnumerable<T> stored, IEnumerable<T> audited) => Assert.Equal(audited, stored);
}
