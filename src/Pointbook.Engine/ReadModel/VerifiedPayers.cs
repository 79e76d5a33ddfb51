using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The correct sums of payers over all accounts, by the entries of the journal. Not thread-safe.</summary>
internal sealed class VerifiedPayers
{
    private readonly Dictionary<PayerName, PayerSumChanges> _payers = [];

    /// <summary>The payers that have entries.</summary>
    public IReadOnlyCollection<PayerName> Names => _payers.Keys;

    /// <summary>Adds an entry.</summary>
    public void Add(Entry entry, Instant recordedAt)
    {
        if (entry.Payer is not { } payer)
        {
            return;
        }

        if (!_payers.TryGetValue(payer, out PayerSumChanges? sums))
        {
            _payers.Add(payer, sums = new PayerSumChanges());
        }

        sums.Add(entry, recordedAt);
    }

    /// <summary>Returns the first difference between the sums of a payer and its rows, as a sentence.</summary>
    /// <returns>The sentence, or null if there is no difference.</returns>
    public string? FindDifference(StoredSums rows)
    {
        PayerSumChanges? sums = _payers.GetValueOrDefault(rows.Payer);
        PayerTotalChange? total = sums?.Totals.Single();
        string? found = SnapshotDifference.Differs("the points and unpaid deductions are", Of(rows.Days.Total), total is { } known ? (known.Points, known.Outstanding) : null)
            ?? OfDays("movements", rows.Days.Flows, sums?.Flows)
            ?? OfDays("lots", rows.Days.Stocks, sums?.Stocks);
        return found is null ? null : $"The sums of payer {rows.Payer} over all accounts: {found}.";
    }

    private static (Int128 Points, Int128 Outstanding)? Of(PayerTotal? total) => total is null ? null : (total.Points, total.Outstanding);

    private static string? OfDays<TDay>(string what, IEnumerable<KeyValuePair<TDay, Int128>> rows, IEnumerable<KeyValuePair<TDay, Int128>>? journal)
        where TDay : struct
    {
        // Changes that cancel out count as absent.
        Dictionary<TDay, Int128> expected = (journal ?? []).Where(day => day.Value != 0).ToDictionary();
        foreach ((TDay day, Int128 points) in rows)
        {
            if (points != expected.GetValueOrDefault(day))
            {
                return $"{points} points of {what} at {day}; by the journal, {expected.GetValueOrDefault(day)}";
            }

            expected.Remove(day);
        }

        return expected.Count == 0 ? null : $"no {what} at {expected.First().Key}; by the journal, {expected.First().Value} points";
    }
}

/// <summary>The rows of one payer's sums, with their position.</summary>
/// <param name="Payer">The payer.</param>
/// <param name="Days">The rows.</param>
internal sealed record StoredSums(PayerName Payer, PayerDays Days)
{
    /// <summary>The rows contain every entry up to this one and none after it.</summary>
    public Sequence Through => Days.Position.Last;
}
