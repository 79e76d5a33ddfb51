using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Keys;

/// <summary>Converts keys to the contract.</summary>
internal static class KeyForm
{
    /// <summary>Converts a key, with its status at a time.</summary>
    public static Key Of(ApiKey key, Instant now) => new(
        key.Id.Value, key.Name.Value, ScopeNames.Of(key.Scopes), StatusOf(key, now), key.CreatedAt.ToDateTimeOffset())
    {
        Accounts = key.Accounts.AreThere ? key.Accounts.Texts : null,
        CreatedBy = key.CreatedBy,
        ExpiresAt = key.ExpiresAt?.ToDateTimeOffset(),
        RevokedAt = key.RevokedAt?.ToDateTimeOffset(),
        RevokedBy = key.RevokedBy,
    };

    /// <summary>The word for the status of a key.</summary>
    public static string StatusOf(ApiKey key, Instant now) => key.StatusAt(now) switch
    {
        Access.KeyStatus.Active => Contracts.KeyStatus.Active,
        Access.KeyStatus.Expired => Contracts.KeyStatus.Expired,
        _ => Contracts.KeyStatus.Revoked,
    };
}
