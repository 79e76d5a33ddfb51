using System.Globalization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Converts JSON Web Tokens to callers. A library verifies signature, issuer, audience and time; this class interprets the claims. Thread-safe.</summary>
/// <remarks>RFC 7519 for tokens, RFC 9068 for <c>scope</c>. It ignores scopes of other services.</remarks>
internal sealed class TokenReader(TokenIssuer issuer, ILogger<TokenReader> logger)
{
    private const string SubjectClaim = "sub";
    private const string ScopeClaim = "scope";
    private const string CriticalHeader = "crit";
    private const string AllAccounts = "*";
    private const int SubjectLengthMax = 200;

    private readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false };

    /// <summary>Reads a token.</summary>
    public async ValueTask<(CallerPrincipal? Caller, ProblemReply? Problem)> ReadAsync(string text, CancellationToken cancellationToken)
    {
        if (await issuer.FindParametersAsync(cancellationToken) is not { } parameters)
        {
            return (null, Credentials.KeysUnavailable());
        }

        TokenValidationResult result = await _handler.ValidateTokenAsync(text, parameters);
        if (result.Exception is SecurityTokenInvalidSignatureException && await issuer.FindNewerParametersAsync(parameters, cancellationToken) is { } newer)
        {
            result = await _handler.ValidateTokenAsync(text, newer);
        }

        if (!result.IsValid)
        {
            Hosting.LogMessages.TokenNotTaken(logger, result.Exception.GetType().Name);
            return (null, Credentials.BadToken(Explain(result.Exception)));
        }

        JsonWebToken token = (JsonWebToken)result.SecurityToken;
        if (token.TryGetHeaderValue(CriticalHeader, out object _))
        {
            // RFC 7515, section 4.1.11: a server must understand the extensions that such a header lists, and the library does not check that.
            return (null, Credentials.BadToken($"has the header `{CriticalHeader}`, but the server supports no critical extensions. Ask the issuer for a token without it"));
        }

        Caller? caller = ToCaller(token, out string? error);
        return caller is null ? (null, Credentials.BadToken(error!)) : (new CallerPrincipal(caller), null);
    }

    private Caller? ToCaller(JsonWebToken token, out string? error)
    {
        string subject = token.Subject ?? "";
        error = subject.Length is < 1 or > SubjectLengthMax || subject.Any(IsControl)
            ? $"has no valid `{SubjectClaim}`. It must have 1 to {SubjectLengthMax} characters, without control or format characters or line separators"
            : null;
        AccountLimits limits = AccountLimits.None;
        if (error is null && issuer.AccountsClaim is { } claim)
        {
            error = AccountsFault(claim, Words(token, claim), out limits);
        }

        return error is not null ? null : new Caller(Caller.TokenPrefix + subject, ScopesOf(token), limits)
        {
            // With the same tolerance as the library, so that the server does not accept a request and then end it because its body took a moment.
            ExpiresAt = Instant.FromDateTimeOffset(new DateTimeOffset(token.ValidTo, TimeSpan.Zero)).PlusClamped(issuer.ClockSkew),
        };
    }

    /// <summary>Whether a character could break a line or reverse its direction where the subject is shown, such as in a log.</summary>
    private static bool IsControl(char character) => char.GetUnicodeCategory(character)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static string? AccountsFault(string claim, List<string> accounts, out AccountLimits limits)
    {
        limits = AccountLimits.None;
        if (accounts is [AllAccounts])
        {
            return null;
        }

        if (accounts.Count == 0)
        {
            return $"has no claim `{claim}`, which names its accounts. Ask the issuer for a token with it, or with {AllAccounts} in it for all accounts";
        }

        if (accounts.Contains(AllAccounts))
        {
            return $"has {AllAccounts} together with other accounts in its claim `{claim}`. Ask the issuer for a token with {AllAccounts} alone, or without it";
        }

        if (!AccountLimits.TryCreate(accounts, out AccountLimits? found, out string? error))
        {
            return $"has an invalid claim: `{claim}` {error}";
        }

        limits = found;
        return null;
    }

    private static Scopes ScopesOf(JsonWebToken token) =>
        Words(token, ScopeClaim).Aggregate(Scopes.None, (scopes, word) => scopes | (ScopeNames.Find(word) ?? Scopes.None));

    /// <summary>The words of a claim that is a list or a text separated by blanks.</summary>
    private static List<string> Words(JsonWebToken token, string claim) =>
    [
        .. token.Claims.Where(candidate => candidate.Type == claim)
            .SelectMany(found => found.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
    ];

    /// <summary>Describes the fault without the library's messages, which repeat parts of the token.</summary>
    private static string Explain(Exception failure) => failure switch
    {
        SecurityTokenExpiredException => "has expired. Ask the issuer for a new one",
        SecurityTokenNotYetValidException => "is not valid yet. Check the clocks of the issuer and of this server",
        SecurityTokenInvalidLifetimeException => "expires before it becomes valid. Ask the issuer for a token whose `nbf` is before its `exp`",
        SecurityTokenNoExpirationException => "has no `exp`. Ask the issuer for a token that expires",
        SecurityTokenInvalidAudienceException => "is for another service. Ask the issuer for a token whose `aud` is this server",
        SecurityTokenInvalidIssuerException => "comes from another issuer. Send a token from the issuer that this server trusts",
        SecurityTokenInvalidAlgorithmException => "has an unsupported signature algorithm. Sign it with RS256, PS256, ES256, or a longer variant of these",
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "is not signed by a key of the issuer that this server trusts. Send a token from that issuer",
        _ => "is not a signed JSON Web Token. Check that you copied all of it, or send an API key",
    };
}
