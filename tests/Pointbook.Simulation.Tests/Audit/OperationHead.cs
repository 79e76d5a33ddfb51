namespace Pointbook.Simulation.Tests.Audit;

/// <summary>What the first entry of an operation says about all its entries, apart from what was before it.</summary>
/// <param name="Further">How many entries follow the first one.</param>
/// <param name="Sums">By how much the balance of each payer changes, and nothing for a payer that only settles. Empty if the operation has one entry.</param>
internal sealed record OperationHead(ulong Further, IReadOnlyList<PayerSum> Sums)
{
    /// <summary>The head that an operation must have.</summary>
    /// <param name="operation">Its entries.</param>
    public static OperationHead Of(IReadOnlyList<JournalRow> operation) =>
        new((ulong)operation.Count - 1, operation.Count == 1 ? [] : [.. SumsOf([.. operation.Where(row => row.Payer is not null)])]);

    public bool Equals(OperationHead? other) => other is not null && Further == other.Further && Sums.SequenceEqual(other.Sums);

    public override int GetHashCode() => HashCode.Combine(Further, Sums.Count);

    public override string ToString() => $"{Further} further entries and the sums {string.Join(", ", Sums)}";

    /// <summary>First the payers with other entries than settlements, in the order of these entries; then the others, in the order of their first entries.</summary>
    private static IEnumerable<PayerSum> SumsOf(IReadOnlyList<JournalRow> rows)
    {
        List<string> changed = [.. rows.Where(row => row.Kind != "settlement").Select(row => row.Payer!).Distinct(StringComparer.Ordinal)];
        IEnumerable<string> settled = rows.Select(row => row.Payer!).Distinct(StringComparer.Ordinal).Except(changed, StringComparer.Ordinal);
        return
        [
            .. changed.Select(payer => new PayerSum(
                payer, rows.Where(row => row.Payer == payer).Aggregate(Int128.Zero, (sum, row) => sum + row.Points))),
            .. settled.Select(payer => new PayerSum(payer, Change: null)),
        ];
    }
}

/// <summary>By how much an operation changes the balance of a payer; null if it only settles.</summary>
internal readonly record struct PayerSum(string Payer, Int128? Change)
{
    public override string ToString() => Change is null ? Payer : FormattableString.Invariant($"{Payer}: {Change}");
}
