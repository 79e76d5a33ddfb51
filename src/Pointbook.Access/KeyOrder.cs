using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>The properties of a key that a caller wants to create. Immutable.</summary>
/// <param name="Name">The name of the key.</param>
/// <param name="Scopes">What the key permits.</param>
/// <param name="Accounts">The accounts on which the key is valid.</param>
/// <param name="ExpiresAfter">How long the key is valid; null if it is valid until it is revoked.</param>
public sealed record KeyOrder(KeyName Name, Scopes Scopes, AccountLimits Accounts, CalendarPeriod? ExpiresAfter)
{
    /// <summary>The longest validity of a key.</summary>
    public static CalendarPeriod PeriodMax { get; } = new(120, TimeSpan.Zero);

    /// <summary>Why the key is invalid, or null.</summary>
    public KeyFault? Fault =>
        Scopes == Scopes.None ? KeyFault.NoScopes
        : Scopes.HasFlag(Scopes.Admin) && Accounts.AreThere ? KeyFault.AdminWithLimits
        : ExpiresAfter is { } period && (period.AddTo(Reference) <= Reference || period.AddTo(Reference) > PeriodMax.AddTo(Reference)) ? KeyFault.ExpiryOutOfRange
        : null;

    // Any day is suitable for comparing periods.
    private static Instant Reference => Instant.FromUnixMicroseconds(0);

    /// <summary>Creates the key.</summary>
    /// <param name="secret">A new secret that no other key has.</param>
    /// <param name="now">The time of creation.</param>
    /// <param name="by">Who creates it, as for <see cref="ApiKey.CreatedBy"/>.</param>
    /// <exception cref="InvalidOperationException">The key is invalid; see <see cref="Fault"/>.</exception>
    public ApiKey ToKey(KeySecret secret, Instant now, string? by)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return Fault is { } fault
            ? throw new InvalidOperationException($"There is no such key: {fault}.")
            : new ApiKey(secret.Id, Name, secret.Hash, Scopes, Accounts, now, by) { ExpiresAt = ExpiresAfter?.AddTo(now) };
    }
}
