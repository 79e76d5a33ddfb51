namespace Pointbook.Simulation.Tests.Audit;

/// <summary>
/// Checks erasures as docs/architecture.md describes them: from the erasure, it follows the previous operations back to the entry that opened the account. None of them
/// has a text left but the erasure. All other accounts have all their texts.
/// </summary>
internal static class ErasureAudit
{
    /// <summary>How many erasures are unfinished.</summary>
    /// <param name="accountStore">The database that has the list of erasures.</param>
    public static long Unfinished(RawDatabase accountStore) => accountStore.Read("SELECT count(*) FROM erasure", row => row.GetInt64(0))[0];

    /// <summary>Whether the account store has all entries that the auditors have read, and all erasures are finished.</summary>
    /// <param name="accountStore">The database that has the list of erasures.</param>
    /// <param name="audits">Auditors that have read the journals.</param>
    public static bool IsFinished(RawDatabase accountStore, params IReadOnlyList<Auditor> audits)
    {
        // The list comes last: the round that stores an erasure adds it to the list.
        Dictionary<int, long> positions = accountStore
            .Read($"SELECT {accountStore.Partition}, last_sequence FROM account_store_position", row => KeyValuePair.Create(row.GetInt32(0), row.GetInt64(1)))
            .ToDictionary();
        return audits.All(audit => positions[audit.Partition] >= audit.Last) && Unfinished(accountStore) == 0;
    }

    /// <summary>Checks that all erasures of a database are finished.</summary>
    /// <param name="accountStore">The database that has the list of erasures.</param>
    /// <param name="audits">Auditors that have read the journals after the erasures were finished, and not before.</param>
    public static void CheckFinished(RawDatabase accountStore, params IReadOnlyList<Auditor> audits)
    {
        Assert.Equal(0, Unfinished(accountStore));
        foreach (Auditor audit in audits)
        {
            HashSet<long> followed = [.. audit.Operations.Values.Where(operation => operation.Kind == "erasure").SelectMany(erasure => Follow(erasure, audit))];
            Assert.All(
                audit.Operations.Values.Where(operation => !followed.Contains(operation.Header.Sequence)),
                operation => Assert.All(operation.Rows, row => Assert.True(row.TextsErased == 0, $"The {row} lacks texts, and its account is not erased.")));
        }
    }

    /// <summary>Checks that two auditors have added up the same figures, whatever happened to texts between their reads.</summary>
    public static void CheckSameFigures(Auditor before, Auditor after) => Assert.Equal(Figures(before), Figures(after));

    /// <summary>Checks the operations of an erased account.</summary>
    /// <returns>The first entries of these operations.</returns>
    private static List<long> Follow(Operation erasure, Auditor audit)
    {
        long opening = erasure.Header.Opening;
        List<long> followed = [];
        for (long next = erasure.Header.Sequence; next > 0; next = audit.Operations[next].Header.PreviousOperation)
        {
            followed.Add(next);
            Assert.All(audit.Operations[next].Rows, row =>
            {
                Assert.Equal((opening, AuditedName.Erased(opening)), (row.Opening, row.Account));
                Assert.True(row.TextsLeft == 0, $"The {row} still has {row.TextsLeft} texts.");
                Assert.Null(row.Key);
            });
        }

        Assert.Equal(opening, followed[^1]);
        Assert.Equal(audit.Operations.Values.Count(operation => operation.Header.Opening == opening), followed.Count);
        return followed;
    }

    private static IEnumerable<(long, string, string?, long, long, long?, long)> Figures(Auditor audit) => audit.Operations.OrderBy(operation => operation.Key)
        .SelectMany(operation => operation.Value.Rows.Select(row => (row.Sequence, row.Kind, row.Payer, row.Points, row.LotPoints, row.Lot, row.Operation)));
}
