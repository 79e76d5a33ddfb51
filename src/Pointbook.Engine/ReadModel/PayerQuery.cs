using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>A query for payers. Immutable.</summary>
/// <param name="CountMax">The maximum number, at least 1.</param>
public sealed record PayerQuery(int CountMax)
{
    /// <summary>Only this payer; null for all.</summary>
    public PayerName? Only { get; init; }

    /// <summary>Only payers after this one; null for all.</summary>
    public PayerName? After { get; init; }
}
