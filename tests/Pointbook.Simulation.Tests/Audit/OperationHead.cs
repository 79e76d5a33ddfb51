namespace Pointbook.Simulation.Tests.Audit;

/// <summary>What the first entry of an operation contains about all its entries. What was before the operation is not included.</summary>
/// <param name="Further">How many entries follow the first one.</param>
/// <param name="Sums">The change of each payer's balance, without a value for a payer that only settles. Empty if the operation has one entry.</param>
internal sealed record OperationHead(ulong Further, IReadOnlyList<PayerSum> Sums)
{
    /// <summary>The head that an operation must have.</summary>
    /// <param name="operation">The entries of the operation.</param>
    public static OperationHead Of(IReadOnlyList<JournalRow> operation) =>
        new((ulong)operation.Count - 1, operation.Count == 1 ? [] : [.. SumsOf([.. operation.Where(row => row.Payer is not null)])]);

    public bool Equals(OperationHead? other) => other is not null && Further == other.Further && Sums.SequenceEqual(other.Sums);

    public override int GetHashCode() => HashCode.Combine(Further, Sums.Count);

    public override string ToString() => $"{Further} further entries and the sums {string.Join(", ", Sums)}";

    /// <summary>First the payers that have other entries than settlements, in the order of these entries. Then the others, in the order of their first entries.</summary>
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

/// <summary>The change of a payer's balance by an operation; null if the payer only settles.</summary>
internal readonly record struct PayerSum(string Payer, Int128? Change)
{
    public override string ToString() => Change is null ? Payer : FormattableString.Invariant($"{Payer}: {Change}");
}
