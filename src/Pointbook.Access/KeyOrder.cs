using Pointbook.Ledger.Values;

namespace Pointbook.Access;

/// <summary>What a key is to be like that somebody wants. Immutable.</summary>
/// <param name="Name">What it will be called.</param>
/// <param name="Scopes">What it may be used for.</param>
/// <param name="Accounts">Which accounts it may be used on.</param>
/// <param name="ExpiresAfter">How long it is taken, or null for as long as it is not revoked.</param>
public sealed record KeyOrder(KeyName Name, Scopes Scopes, AccountLimits Accounts, CalendarPeriod? ExpiresAfter)
{
    /// <summary>The longest time that a key may be good for.</summary>
    public static CalendarPeriod PeriodMax { get; } = new(120, TimeSpan.Zero);

    /// <summary>Why there is no such key, or null.</summary>
    public KeyFault? Fault =>
        Scopes == Scopes.None ? KeyFault.NoScopes
        : Scopes.HasFlag(Scopes.Admin) && Accounts.AreThere ? KeyFault.AdminWithLimits
        : ExpiresAfter is { } period && (period.AddTo(Reference) <= Reference || period.AddTo(Reference) > PeriodMax.AddTo(Reference)) ? KeyFault.ExpiryOutOfRange
        : null;

    // Any day will do to compare periods by.
    private static Instant Reference => Instant.FromUnixMicroseconds(0);

    /// <summary>Makes the key.</summary>
    /// <param name="secret">A new secret, which nobody else has.</param>
    /// <param name="now">The time.</param>
    /// <param name="by">Who creates it, as <see cref="ApiKey.CreatedBy"/> says.</param>
    /// <exception cref="InvalidOperationException">There is no such key; see <see cref="Fault"/>.</exception>
    public ApiKey ToKey(KeySecret secret, Instant now, string? by)
    {
        ArgumentNullException.ThrowIfNull(secret);
        return Fault is { } fault
            ? throw new InvalidOperationException($"There is no such key: {fault}.")
            : new ApiKey(secret.Id, Name, secret.Hash, Scopes, Accounts, now, by) { ExpiresAt = ExpiresAfter?.AddTo(now) };
    }
}
