using System.Diagnostics.CodeAnalysis;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;

namespace Pointbook.Server.Keys;

/// <summary>A key as somebody asks for it, over HTTP or on the command line. Immutable.</summary>
/// <param name="Name">What it will be called.</param>
/// <param name="Scopes">The names of its scopes.</param>
/// <param name="Accounts">Its account limits; null for all accounts.</param>
/// <param name="ExpiresAfter">How long it is taken, as an ISO 8601 duration; null for as long as it is not revoked.</param>
internal sealed record KeyWish(string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Accounts, string? ExpiresAfter)
{
    /// <summary>Understands it.</summary>
    /// <param name="order">The key that is to be made, or null.</param>
    /// <param name="fault">Null, or what is wrong.</param>
    public bool TryUnderstand([NotNullWhen(true)] out KeyOrder? order, [NotNullWhen(false)] out KeyWishFault? fault)
    {
        order = null;
        CalendarPeriod? period = null;
        fault = !KeyName.TryCreate(Name, out KeyName? name, out string? error) ? new KeyWishFault(KeyWishPart.Name, error)
            : ScopesFault(out Scopes scopes) is { } wrong ? new KeyWishFault(KeyWishPart.Scopes, wrong)
            // A list that happens to be empty is not meant for all accounts.
            : Accounts is { Count: 0 } ? new KeyWishFault(KeyWishPart.Accounts, "is empty; name accounts, or leave it out for all")
            : !AccountLimits.TryCreate(Accounts ?? [], out AccountLimits? limits, out error) ? new KeyWishFault(KeyWishPart.Accounts, error)
            : ExpiryFault(out period) is { } late ? new KeyWishFault(KeyWishPart.ExpiresAfter, late)
            : Check(order = new KeyOrder(name, scopes, limits, period));
        return fault is null;
    }

    private static KeyWishFault? Check(KeyOrder order) => order.Fault switch
    {
        KeyFault.NoScopes => new KeyWishFault(KeyWishPart.Scopes, $"names no scope; name at least one of {string.Join(", ", ScopeNames.All)}"),
        KeyFault.AdminWithLimits => new KeyWishFault(
            KeyWishPart.Scopes, "holds admin for a key with account limits, which could create one without limits; leave out admin or the limits"),
        KeyFault.ExpiryOutOfRange => new KeyWishFault(KeyWishPart.ExpiresAfter, "is no time or more than ten years; use a duration such as P90D"),
        _ => null,
    };

    private string? ScopesFault(out Scopes scopes)
    {
        scopes = Access.Scopes.None;
        foreach (string name in Scopes)
        {
            if (ScopeNames.Find(name) is not { } scope)
            {
                return $"holds something that is no scope; use {string.Join(", ", ScopeNames.All)}";
            }

            scopes |= scope;
        }

        return null;
    }

    private string? ExpiryFault(out CalendarPeriod? period)
    {
        period = null;
        if (ExpiresAfter is null)
        {
            return null;
        }

        bool isPeriod = IsoDuration.TryParsePeriod(ExpiresAfter, out CalendarPeriod parsed, out string? error);
        period = parsed;
        return isPeriod ? null : error;
    }
}
