using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares the tables of the projection with what the journal adds up to.</summary>
internal static class ProjectionAudit
{
    /// <summary>Compares every table, row by row.</summary>
    public static void Check(string projectionFile, Auditor audit)
    {
        using SqliteConnection projection = Rows.Open(projectionFile);
        AuditedAccount[] accounts = [.. audit.Accounts.Values.OrderBy(account => account.Name, StringComparer.Ordinal)];
        Same(
            projection.Read(
                "SELECT last_sequence, hex(seal), target_sequence, hex(target_seal) FROM projection_position",
                row => (row.GetInt64(0), row.GetString(1), row.GetInt64(2), row.GetString(3))),
            [(audit.Last, Convert.ToHexString(audit.Seal), audit.Last, Convert.ToHexString(audit.Seal))]);
        Same(
            projection.Read("SELECT account, stands_at, open_lots FROM account ORDER BY account", row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2))),
            accounts.Select(account => (account.Name, account.StandsAt, (long)account.OpenLots.Count())));
        CheckPayers(projection, accounts);
        CheckLots(projection, accounts);
        CheckKeys(projection, audit);
        Same(Entries(projection, "account_entry"), accounts.SelectMany(account => account.Live.Select(sequence => (account.Name, sequence))));
        Same(Entries(projection, "archived_entry"), accounts.SelectMany(account => account.Archived.Select(sequence => (account.Name, sequence))));
        CheckTotals(projection, audit);
    }

    private static void CheckPayers(SqliteConnection projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            "SELECT account, payer, points, outstanding, first_sequence FROM payer_balance ORDER BY account, first_sequence",
            row => (row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4))),
        accounts.SelectMany(account => account.Payers.Select(payer => (account.Name, payer.Name, payer.Points, payer.Outstanding, payer.First))));

    private static void CheckLots(SqliteConnection projection, IEnumerable<AuditedAccount> accounts) => Same(
        projection.Read(
            "SELECT account, occurred_at, sequence, payer, remaining, expires_at FROM open_lot ORDER BY account, occurred_at, sequence",
            row => (row.GetString(0), new LotPlace(row.GetInt64(1), row.GetInt64(2)), row.GetString(3), row.GetInt64(4), row.OptionalInt64(5))),
        accounts.SelectMany(account => account.OpenLots.Select(
            lot => (account.Name, lot.Key, lot.Value.Payer, lot.Value.Remaining, lot.Value.ExpiresAt))));

    private static void CheckKeys(SqliteConnection projection, Auditor audit) => Same(
        projection.Read(
            "SELECT account, key, hex(hash), operation, recorded_at FROM idempotency_key ORDER BY account, key",
            row => (row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetInt64(4))),
        audit.Keys
            .OrderBy(used => used.Key.Account, StringComparer.Ordinal)
            .ThenBy(used => used.Key.Key, StringComparer.Ordinal)
            .Select(used => (
                used.Key.Account,
                used.Key.Key,
                Convert.ToHexString(used.Value.Header.KeyHash!),
                used.Value.Header.Sequence,
                used.Value.RecordedAt)));

    private static IEnumerable<(string Account, long Sequence)> Entries(SqliteConnection projection, string table) => projection
        .Read(
            $"SELECT account, first_sequence, last_sequence FROM {table} ORDER BY account, first_sequence",
            row => (Account: row.GetString(0), First: row.GetInt64(1), Last: row.GetInt64(2)))
        .SelectMany(run => Enumerable.Range(0, checked((int)(run.Last - run.First + 1))).Select(index => (run.Account, run.First + index)));

    private static void CheckTotals(SqliteConnection projection, Auditor audit) => Same(
        projection.Read(
            "SELECT payer, points, outstanding FROM payer_total ORDER BY payer",
            row => (row.GetString(0), Number(row.GetString(1)), Number(row.GetString(2)))),
        audit.Operations.Values
            .SelectMany(operation => operation.Rows)
            .Where(row => row.Payer is not null)
            .GroupBy(row => row.Payer!, StringComparer.Ordinal)
            .OrderBy(payer => payer.Key, StringComparer.Ordinal)
            .Select(payer => (payer.Key, Sum(payer, row => row.Points), Sum(payer, row => (Int128)row.LotPoints - row.Points))));

    private static Int128 Sum(IEnumerable<JournalRow> rows, Func<JournalRow, Int128> value) =>
        rows.Aggregate(Int128.Zero, (sum, row) => sum + value(row));

    private static Int128 Number(string text) => Int128.Parse(text, CultureInfo.InvariantCulture);

    private static void Same<T>(IEnumerable<T> stored, IEnumerable<T> audited) => Assert.Equal(audited, stored);
}
