using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>A query for operations of an account. Immutable.</summary>
/// <param name="Account">The account.</param>
/// <param name="CountMax">The maximum number, at least 1.</param>
public sealed record OperationQuery(AccountId Account, int CountMax)
{
    /// <summary>Whether the oldest operations come first; otherwise the newest do.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>Only operations that begin after this entry; null for all.</summary>
    public Sequence? After { get; init; }

    /// <summary>Only operations that begin before this entry; null for all.</summary>
    public Sequence? Before { get; init; }
}

/// <summary>A page of the index of an account's operations, all as of one moment. Immutable.</summary>
/// <param name="Position">The tables contain every entry up to this one.</param>
/// <param name="Account">The account's own row; the default value if it has none.</param>
/// <param name="Operations">The operations' first entries in the requested order, unchecked: <see cref="Queries.OperationChain"/> compares them with the heads of the operations.</param>
/// <param name="Following">The account's first operation that does not begin before <see cref="OperationQuery.Before"/>; null if there is none.</param>
public sealed record OperationPage(Sequence Position, AccountRow Account, IReadOnlyList<Sequence> Operations, Sequence? Following);
