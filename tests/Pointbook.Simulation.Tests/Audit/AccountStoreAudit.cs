using System.Globalization;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares the tables of the account store and the read model with the sums of the journals.</summary>
internal static class AccountStoreAudit
{
    /// <summary>Compares every table of a database, row by row, with all its partitions.</summary>
    public static void Check(RawDatabase accountStore, params IReadOnlyList<Auditor> audits)
    {
        AuditedAccount[] accounts = [.. audits.SelectMany(audit => audit.Accounts.Values).OrderBy(account => account.Name, StringComparer.Ordinal)];
        CheckPositions(accountStore, audits);
        SnapshotAudit.Check(accountStore, accounts, audits);
        HistoryAudit.Check(accountStore, audits);
        RawDatabase readModel = accountStore.ReadModel;
        CheckReadModels(readModel, audits);
        CheckTotals(readModel, audits);
        DayAudit.Check(readModel, audits);
    }

    private static void CheckReadModels(RawDatabase readModel, IEnumerable<Auditor> audits) => Same(
        readModel.Read(
            $"SELECT {readModel.Partition}, last_sequence, seal FROM read_model WHERE damage IS NULL ORDER BY 1",
            row => (row.GetInt32(0), row.GetInt64(1), Convert.ToHexString(row.Bytes(2)))),
        audits.Select(audit => (audit.Partition, audit.Last, Convert.ToHexString(audit.Seal))));

    private static void CheckPositions(RawDatabase accountStore, IEnumerable<Auditor> audits) => Same(
        accountStore.Read(
            $"SELECT {accountStore.Partition}, last_sequence, seal, target_sequence, target_seal FROM account_store_position ORDER BY 1",
            row => (row.GetInt32(0), row.GetInt64(1), Convert.ToHexString(row.Bytes(2)), row.GetInt64(3), Convert.ToHexString(row.Bytes(4)))),
        audits.Select(audit => (audit.Partition, audit.Last, Convert.ToHexString(audit.Seal), audit.Last, Convert.ToHexString(audit.Seal))));

    private static void CheckTotals(RawDatabase readModel, IEnumerable<Auditor> audits) => Same(
        readModel.Read(
            $"SELECT {readModel.Partition}, payer, CAST(points AS text), CAST(outstanding AS text) FROM payer_total {readModel.Serving} ORDER BY 1, payer",
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
