using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Entries;

/// <summary>Who asked for an operation and how they named it. Immutable; kept on the first entry of the operation, the actor on every one.</summary>
/// <remarks>Its texts never contain U+0000, which not every store can hold: whoever accepts them from outside checks that.</remarks>
public sealed record Origin
{
    /// <summary>The client's key for this write, unique within the account; null if none was sent.</summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>The hash of operation and parsed command; present exactly if <see cref="Key"/> is.</summary>
    public Digest? KeyHash { get; init; }

    /// <summary>The client's own number for the operation, or null.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's words for why, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// Who did it: the name of the API key that was used, or <c>jwt:</c> and the subject of the token. Null in protected mode,
    /// where nobody has a name, and for what Pointbook does by itself.
    /// </summary>
    public string? Actor { get; init; }

    /// <summary>What the further entries of the operation carry: the actor alone, or null if there is none.</summary>
    public Origin? ForFurtherEntries() => Actor is null ? null : new Origin { Actor = Actor };
}
