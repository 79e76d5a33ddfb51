using Microsoft.Extensions.Primitives;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>What is said about credentials that are not taken. Nothing of them is repeated.</summary>
internal static class Credentials
{
    /// <summary>The name of the header that they stand in.</summary>
    public const string Header = "Authorization";

    /// <summary>What stands in it before the key or token.</summary>
    public const string BearerWord = "Bearer";

    private const string Realm = "Bearer realm=\"pointbook\"";

    /// <summary>There are none.</summary>
    public static ProblemReply Missing() => new(
        ProblemTable.MissingKey, "The request says nothing of who sends it; send the header 'Authorization: Bearer ' with an API key or a token.", Header);

    /// <summary>There is a header, and no one bearer in it.</summary>
    /// <param name="header">What is there.</param>
    public static ProblemReply NotBearer(StringValues header) => new(
        ProblemTable.InvalidKey,
        header.Count > 1 ? $"{Header} is there {header.Count} times; send it once."
            : string.Equals(header.ToString().Trim(), BearerWord, StringComparison.OrdinalIgnoreCase) ? $"{Header} has nothing behind '{BearerWord}'; send an API key or a token there."
            : $"{Header} does not begin with '{BearerWord} '; send an API key or a token behind that word.",
        Header);

    /// <summary>No key that is taken is like this.</summary>
    public static ProblemReply UnknownKey() => new(
        ProblemTable.InvalidKey, "The key is not known here, or it was revoked; check that all of it was copied and that it is for this server, or ask for a new one.", Header);

    /// <summary>What is said of a caller whose time is over; null if it is not.</summary>
    public static ProblemReply? Expired(Caller caller, Instant now) => caller.ExpiresAt <= now
        ? new ProblemReply(
            caller.Key is null ? ProblemTable.InvalidToken : ProblemTable.ExpiredKey,
            $"The {(caller.Key is null ? "token" : "key")} expired at {caller.ExpiresAt}; ask for a new one.",
            Header)
        : null;

    /// <summary>A token is invalid.</summary>
    /// <param name="error">What is wrong with it and what to do, as the end of a sentence that began with it.</param>
    public static ProblemReply BadToken(string error) => new(ProblemTable.InvalidToken, $"The token {error}.", Header);

    /// <summary>Whether credentials are good cannot be found out.</summary>
    public static ProblemReply KeysUnavailable() => new(
        ProblemTable.KeysUnavailable, "Who may do what cannot be looked up at the moment, so nothing was done; send the request again after Retry-After seconds.");

    /// <summary>The value of <c>WWW-Authenticate</c> (RFC 6750, section 3), without an error where there were no credentials; null if other credentials are no help.</summary>
    public static string? Challenge(ProblemReply problem) =>
        problem.Kind == ProblemTable.MissingKey ? Realm
        : problem.Kind == ProblemTable.MissingScope ? $"{Realm}, error=\"insufficient_scope\", scope=\"{problem.Scope}\""
        : problem.Kind.Status == StatusCodes.Status401Unauthorized ? $"{Realm}, error=\"invalid_token\", error_description=\"{problem.Kind.Title}\""
        : null;
}
