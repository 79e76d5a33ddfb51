using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Entries;

/// <summary>Who requested an operation, and how the client identifies it. Immutable. The first entry carries all of it, further entries only the actor.</summary>
/// <remarks>Its texts never contain U+0000, which some stores cannot hold. The code that accepts them from a client must check this.</remarks>
public sealed record Origin
{
    /// <summary>The client's key for this write, unique within the account; null if the client sent none.</summary>
    public IdempotencyKey? Key { get; init; }

    /// <summary>The hash of the operation and the parsed command; present if and only if <see cref="Key"/> is.</summary>
    public Digest? KeyHash { get; init; }

    /// <summary>The client's reference for the operation, such as a number, or null.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's reason for the operation, or null.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// The name of the API key that the caller used, or <c>jwt:</c> and the subject of the token. Null in protected mode, where
    /// callers have no names, and for operations that Pointbook starts itself.
    /// </summary>
    public string? Actor { get; init; }

    /// <summary>The origin on the further entries of the operation: only the actor, or null if there is none.</summary>
    public Origin? ForFurtherEntries() => Actor is null ? null : new Origin { Actor = Actor };
}
