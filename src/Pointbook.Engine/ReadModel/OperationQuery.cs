using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Which operations of an account to list. Immutable.</summary>
/// <param name="Account">Whose.</param>
/// <param name="CountMax">How many at most, at least 1.</param>
public sealed record OperationQuery(AccountId Account, int CountMax)
{
    /// <summary>Whether the oldest come first; otherwise the newest do.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>Only operations that begin after this entry; null for all.</summary>
    public Sequence? After { get; init; }

    /// <summary>Only operations that begin before this entry; null for all.</summary>
    public Sequence? Before { get; init; }

    /// <summary>Whether the rows come with <see cref="OperationRow.Pieces"/>, which grow with the operations.</summary>
    public bool WithPieces { get; init; }
}
