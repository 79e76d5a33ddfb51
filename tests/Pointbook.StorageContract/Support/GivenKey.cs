using System.Globalization;
using Pointbook.Access;

namespace Pointbook.StorageContract.Support;

/// <summary>API keys for tests.</summary>
public static class GivenKey
{
    /// <summary>The id that belongs to a number.</summary>
    public static KeyId Id(long number) => KeyId.FromTrusted(number.ToString("x16", CultureInfo.InvariantCulture));

    /// <summary>An ordinary key.</summary>
    /// <param name="number">The number from which the id and the hash are made.</param>
    /// <param name="name">The name of the key, or null for a name that no other number has.</param>
    public static ApiKey Active(long number, string? name = null) =>
        new(Id(number), KeyName.FromTrusted(name ?? $"key{number}"), Given.Hash((byte)(number % 251)), Scopes.Read | Scopes.Add, AccountLimits.None, Given.Time, "root");

    /// <summary>The same key, but expired.</summary>
    public static ApiKey Expired(this ApiKey key) => key with { ExpiresAt = key.CreatedAt.PlusClamped(TimeSpan.FromTicks(10)) };

    /// <summary>The same key, but revoked.</summary>
    public static ApiKey Revoked(this ApiKey key) => key with { RevokedAt = Given.Time.PlusClamped(TimeSpan.FromDays(1)), RevokedBy = "admin" };
}
