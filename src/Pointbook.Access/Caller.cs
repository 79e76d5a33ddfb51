using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>Whoever sent a request: what they are called, what they may do, and where. Immutable.</summary>
/// <param name="Actor">The name that is written on what they do; null in protected mode, where nobody has one.</param>
/// <param name="Scopes">What they may do.</param>
/// <param name="Accounts">On which accounts.</param>
public sealed record Caller(string? Actor, Scopes Scopes, AccountLimits Accounts)
{
    /// <summary>What the actor of a token begins with.</summary>
    public const string TokenPrefix = "jwt:";

    /// <summary>What the actor of the command line begins with.</summary>
    public const string CommandLinePrefix = "cli:";

    /// <summary>Somebody on this machine while there are no keys: they may do everything.</summary>
    public static Caller Local { get; } = new(null, Scopes.All, AccountLimits.None);

    /// <summary>The key that was used; null if it was something else.</summary>
    public KeyId? Key { get; init; }

    /// <summary>When they stop being who they are; null if nothing was said.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>Whoever holds a key.</summary>
    public static Caller Of(ApiKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new Caller(key.Name.Value, key.Scopes, key.Accounts) { Key = key.Id, ExpiresAt = key.ExpiresAt };
    }
}
