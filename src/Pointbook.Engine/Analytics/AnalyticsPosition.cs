using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Analytics;

/// <summary>The position of a partition's analytics tables in the journal. Immutable.</summary>
/// <param name="Last">The tables contain every entry up to this one, and none after it.</param>
/// <param name="Seal">The seal of the commit that ends there.</param>
/// <param name="IsEmptying">Whether the tables still contain rows that an exporter must delete before it fills them.</param>
public sealed record AnalyticsPosition(Sequence Last, Digest Seal, bool IsEmptying)
{
    /// <summary>The position of empty tables.</summary>
    public static AnalyticsPosition Start { get; } = new(Sequence.Zero, default, IsEmptying: false);
}
