namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Compares the index of operations with the journals. It must contain each operation once, under the entry that opened its account, and nothing else.</summary>
internal static class HistoryAudit
{
    public static void Check(RawDatabase accountStore, IEnumerable<Auditor> audits) => Same(
        accountStore.Read(
            $"SELECT {accountStore.Partition}, opening, first_sequence FROM operation ORDER BY 1, 2, 3",
            row => (row.GetInt32(0), row.GetInt64(1), row.GetInt64(2))),
        audits.SelectMany(audit => audit.Accounts.Values.SelectMany(account => account.History.Operations.Select(
            operation => (audit.Partition, account.Opening, operation.Header.Sequence)))).Order());

    private static void Same<T>(IEnumerable<T> stored, IEnumerable<T> audited) => Assert.Equal(audited, stored);
}
