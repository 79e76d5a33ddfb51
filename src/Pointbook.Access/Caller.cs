using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>The caller of a request: name, scopes and accounts. Immutable.</summary>
/// <param name="Actor">The name recorded on the caller's operations; null in protected mode, where callers have no names.</param>
/// <param name="Scopes">What the caller may do.</param>
/// <param name="Accounts">The accounts that the caller may access.</param>
public sealed record Caller(string? Actor, Scopes Scopes, AccountLimits Accounts)
{
    /// <summary>The prefix of the actor of a token.</summary>
    public const string TokenPrefix = "jwt:";

    /// <summary>The prefix of the actor of the command line.</summary>
    public const string CommandLinePrefix = "cli:";

    /// <summary>A caller on this machine while no keys exist, who may do everything.</summary>
    public static Caller Local { get; } = new(null, Scopes.All, AccountLimits.None);

    /// <summary>The key that the caller used; null if the caller used none.</summary>
    public KeyId? Key { get; init; }

    /// <summary>When the server stops accepting the caller's key or token; null if it does not.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>The caller that uses a key.</summary>
    public static Caller Of(ApiKey key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return new Caller(key.Name.Value, key.Scopes, key.Accounts) { Key = key.Id, ExpiresAt = key.ExpiresAt };
    }
}
