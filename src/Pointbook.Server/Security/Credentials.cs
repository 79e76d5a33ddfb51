using Microsoft.Extensions.Primitives;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>The replies to missing or invalid credentials. They never repeat the credentials.</summary>
internal static class Credentials
{
    /// <summary>The name of the header with the credentials.</summary>
    public const string Header = "Authorization";

    /// <summary>The word before the key or token.</summary>
    public const string BearerWord = "Bearer";

    private const string Realm = "Bearer realm=\"pointbook\"";

    /// <summary>The request has no credentials.</summary>
    public static ProblemReply Missing() => new(
        ProblemTable.MissingKey, "Missing credentials. Send `Authorization: Bearer <API key or token>`.", Header);

    /// <summary>The header does not contain exactly one bearer credential.</summary>
    /// <param name="header">The values of the header.</param>
    public static ProblemReply NotBearer(StringValues header) => new(
        ProblemTable.InvalidKey,
        header.Count > 1 ? $"`{Header}` is present {header.Count} times. Send it once."
            : string.Equals(header.ToString().Trim(), BearerWord, StringComparison.OrdinalIgnoreCase) ? $"`{Header}` has nothing after `{BearerWord}`. Send `{Header}: {BearerWord} <API key or token>`."
            : $"`{Header}` does not begin with `{BearerWord}`. Send `{Header}: {BearerWord} <API key or token>`.",
        Header);

    /// <summary>The key is unknown or revoked.</summary>
    public static ProblemReply UnknownKey() => new(
        ProblemTable.InvalidKey, "The API key is unknown or revoked. Check that you copied all of it and that it belongs to this server, or ask the operator for a new one.", Header);

    /// <summary>The reply to a caller whose credentials have expired; null if they have not.</summary>
    public static ProblemReply? Expired(Caller caller, Instant now) => caller.ExpiresAt <= now
        ? new ProblemReply(
            caller.Key is null ? ProblemTable.InvalidToken : ProblemTable.ExpiredKey,
            $"The {(caller.Key is null ? "token" : "API key")} expired at {caller.ExpiresAt}. Ask for a new one.",
            Header)
        : null;

    /// <summary>A token is invalid.</summary>
    /// <param name="error">The fault of the token and its fix, as the end of a sentence that begins with the token.</param>
    public static ProblemReply BadToken(string error) => new(ProblemTable.InvalidToken, $"The token {error}.", Header);

    /// <summary>The server cannot check credentials.</summary>
    public static ProblemReply KeysUnavailable() => new(
        ProblemTable.KeysUnavailable, "The server can't check the credentials at the moment, so it did not carry out the request. Send it again after `Retry-After` seconds.");

    /// <summary>The value of <c>WWW-Authenticate</c> (RFC 6750, section 3), without an error if credentials are missing; null if other credentials would not help.</summary>
    public static string? Challenge(ProblemReply problem) =>
        problem.Kind == ProblemTable.MissingKey ? Realm
        : problem.Kind == ProblemTable.MissingScope ? $"{Realm}, error=\"insufficient_scope\", scope=\"{problem.Scope}\""
        : problem.Kind.Status == StatusCodes.Status401Unauthorized ? $"{Realm}, error=\"invalid_token\", error_description=\"{problem.Kind.Title}\""
        : null;
}
