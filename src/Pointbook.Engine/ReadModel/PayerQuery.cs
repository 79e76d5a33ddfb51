using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Which payers to list. Immutable.</summary>
/// <param name="CountMax">How many at most, at least 1.</param>
/// <param name="Now">Lots that have expired by then count as due.</param>
public sealed record PayerQuery(int CountMax, Instant Now)
{
    /// <summary>This payer only; null for all.</summary>
    public PayerName? Only { get; init; }

    /// <summary>Only payers behind this one; null for all.</summary>
    public PayerName? After { get; init; }
}
