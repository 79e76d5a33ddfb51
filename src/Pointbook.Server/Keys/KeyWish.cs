using System.Diagnostics.CodeAnalysis;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;

namespace Pointbook.Server.Keys;

/// <summary>A requested key, over HTTP or on the command line. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Scopes">The names of its scopes.</param>
/// <param name="Accounts">Its account limits; null for all accounts.</param>
/// <param name="ExpiresAfter">How long the key is valid, as an ISO 8601 duration; null for until it is revoked.</param>
internal sealed record KeyWish(string Name, IReadOnlyList<string> Scopes, IReadOnlyList<string>? Accounts, string? ExpiresAfter)
{
    /// <summary>Validates the request.</summary>
    /// <param name="order">The key to create, or null.</param>
    /// <param name="fault">Null, or the fault.</param>
    public bool TryUnderstand([NotNullWhen(true)] out KeyOrder? order, [NotNullWhen(false)] out KeyWishFault? fault)
    {
        order = null;
        CalendarPeriod? period = null;
        fault = !KeyName.TryCreate(Name, out KeyName? name, out string? error) ? new KeyWishFault(KeyWishPart.Name, error)
            : ScopesFault(out Scopes scopes) is { } wrong ? new KeyWishFault(KeyWishPart.Scopes, wrong)
            // An empty list does not mean all accounts.
            : Accounts is { Count: 0 } ? new KeyWishFault(KeyWishPart.Accounts, "is empty. Name at least one account, or omit it to allow all accounts")
            : !AccountLimits.TryCreate(Accounts ?? [], out AccountLimits? limits, out error) ? new KeyWishFault(KeyWishPart.Accounts, error)
            : ExpiryFault(out period) is { } late ? new KeyWishFault(KeyWishPart.ExpiresAfter, late)
            : Check(order = new KeyOrder(name, scopes, limits, period));
        return fault is null;
    }

    private static KeyWishFault? Check(KeyOrder order) => order.Fault switch
    {
        KeyFault.NoScopes => new KeyWishFault(KeyWishPart.Scopes, $"contains no scope. Valid scopes: {string.Join(", ", ScopeNames.All)}"),
        KeyFault.AdminWithLimits => new KeyWishFault(
            KeyWishPart.Scopes, "must not contain admin for a key with account limits, which could create a key without limits. Omit admin or the limits"),
        KeyFault.ExpiryOutOfRange => new KeyWishFault(KeyWishPart.ExpiresAfter, "must be longer than zero and at most ten years. Use a duration such as P90D"),
        _ => null,
    };

    private string? ScopesFault(out Scopes scopes)
    {
        scopes = Access.Scopes.None;
        foreach (string name in Scopes)
        {
            if (ScopeNames.Find(name) is not { } scope)
            {
                return $"contains an unknown scope. Valid scopes: {string.Join(", ", ScopeNames.All)}";
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
