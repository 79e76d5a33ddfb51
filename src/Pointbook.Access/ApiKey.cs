using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>What a store keeps of an API key. Immutable. It is enough to recognize the key, but not to use it.</summary>
/// <param name="Id">The id by which stores find the key.</param>
/// <param name="Name">The name of the key, unique among the keys that are not revoked.</param>
/// <param name="Hash">The <see cref="KeySecret.Hash"/> of the key.</param>
/// <param name="Scopes">What the key permits.</param>
/// <param name="Accounts">The accounts on which the key is valid.</param>
/// <param name="CreatedAt">When the key was created, by the clock of its creator.</param>
/// <param name="CreatedBy">Who created it: the name of a key, <c>jwt:…</c>, <c>cli:…</c>, or null for a caller in protected mode.</param>
public sealed record ApiKey(
    KeyId Id, KeyName Name, Digest Hash, Scopes Scopes, AccountLimits Accounts, Instant CreatedAt, string? CreatedBy)
{
    /// <summary>When the key expires; null if it does not.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>When the key was revoked; null if it was not.</summary>
    public Instant? RevokedAt { get; init; }

    /// <summary>Who revoked the key, as for <see cref="CreatedBy"/>.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>The status of the key at a time.</summary>
    public KeyStatus StatusAt(Instant now) => RevokedAt is not null ? KeyStatus.Revoked
        : ExpiresAt <= now ? KeyStatus.Expired
        : KeyStatus.Active;
}
