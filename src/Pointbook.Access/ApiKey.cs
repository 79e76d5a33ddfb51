using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>What is kept of an API key. Immutable; it is enough to recognize the key and not enough to have it.</summary>
/// <param name="Id">What it is found by.</param>
/// <param name="Name">What people call it. Of the keys that are not revoked, each has a name of its own.</param>
/// <param name="Hash">The <see cref="KeySecret.Hash"/> of the key.</param>
/// <param name="Scopes">What it may be used for.</param>
/// <param name="Accounts">Which accounts it may be used on.</param>
/// <param name="CreatedAt">When it was created, by the clock of whoever created it.</param>
/// <param name="CreatedBy">Who created it: the name of a key, <c>jwt:…</c>, <c>cli:…</c>, or null for somebody in protected mode.</param>
public sealed record ApiKey(
    KeyId Id, KeyName Name, Digest Hash, Scopes Scopes, AccountLimits Accounts, Instant CreatedAt, string? CreatedBy)
{
    /// <summary>When it stops being taken; null if it does not by itself.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>When it was revoked; null if it was not.</summary>
    public Instant? RevokedAt { get; init; }

    /// <summary>Who revoked it, as for <see cref="CreatedBy"/>.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>How it stands at a time.</summary>
    public KeyStatus StatusAt(Instant now) => RevokedAt is not null ? KeyStatus.Revoked
        : ExpiresAt <= now ? KeyStatus.Expired
        : KeyStatus.Active;
}
