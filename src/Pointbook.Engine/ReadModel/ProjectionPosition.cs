using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>How far a projection has come. Immutable.</summary>
/// <param name="Last">Every entry up to this one is in the tables.</param>
/// <param name="Seal">The seal of the commit that ends there.</param>
/// <param name="TargetLast">No entry after this one is in the tables; later than <paramref name="Last"/> if a round was cut short.</param>
/// <param name="TargetSeal">The seal of the commit that ends there.</param>
public sealed record ProjectionPosition(Sequence Last, Digest Seal, Sequence TargetLast, Digest TargetSeal)
{
    /// <summary>Whether the rows of some account were found damaged, so that everything must be rebuilt.</summary>
    public bool HasDamagedAccounts { get; init; }

    /// <summary>The position of an empty projection.</summary>
    public static ProjectionPosition Start { get; } = new(Sequence.Zero, default, Sequence.Zero, default);
}
