using Pointbook.Ledger.Accounts;

namespace Pointbook.Engine.AccountStore;

/// <summary>Finds the difference between the state of an account by the journal and its state by its rows.</summary>
internal static class SnapshotDifference
{
    /// <summary>Returns the first difference, as the end of a sentence that begins with the account.</summary>
    /// <returns>The difference, or null if there is none.</returns>
    public static string? Find(AccountSnapshot journal, AccountSnapshot rows) =>
        Differs("its last entry is", rows.StandsAt, journal.StandsAt)
        ?? Differs("its last operation is", rows.LastOperation, journal.LastOperation)
        ?? Differs("its latest flush ends at entry", rows.FlushedThrough, journal.FlushedThrough)
        ?? Differs("the flush before its latest one ends at entry", rows.FlushedThroughBefore, journal.FlushedThroughBefore)
        ?? OfLists("payers", rows.Payers, journal.Payers, static payer => payer.ToString())
        ?? OfLists("lots", rows.Lots, journal.Lots, static lot => lot.ToString())
        ?? OfHolds(rows.Holds, journal.Holds);

    /// <summary>Compares one value.</summary>
    /// <param name="what">The name of the value, up to the verb.</param>
    /// <param name="rows">The value by the rows.</param>
    /// <param name="journal">The value by the journal.</param>
    public static string? Differs<T>(string what, T rows, T journal) =>
        EqualityComparer<T>.Default.Equals(rows, journal) ? null : $"{what} {rows}; by the journal, {journal}";

    private static string? OfHolds(IReadOnlyList<HoldSnapshot> rows, IReadOnlyList<HoldSnapshot> journal)
    {
        string? found = OfLists("holds", [.. rows.Select(hold => (hold.Spend, hold.EndsAt))], [.. journal.Select(hold => (hold.Spend, hold.EndsAt))], static hold => hold.ToString());
        for (int index = 0; found is null && index < rows.Count; index++)
        {
            found = OfLists($"draws of hold {rows[index].Spend}", rows[index].Draws, journal[index].Draws, static draw => draw.ToString());
        }

        return found;
    }

    private static string? OfLists<T>(string what, IReadOnlyList<T> rows, IReadOnlyList<T> journal, Func<T, string?> toText)
    {
        for (int index = 0; index < Math.Min(rows.Count, journal.Count); index++)
        {
            if (!EqualityComparer<T>.Default.Equals(rows[index], journal[index]))
            {
                return $"number {index + 1} of its {what} is {toText(rows[index])}; by the journal, {toText(journal[index])}";
            }
        }

        return Differs($"the number of its {what} is", rows.Count, journal.Count);
    }
}
