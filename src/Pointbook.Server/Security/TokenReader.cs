using System.Globalization;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Makes callers of JSON Web Tokens: signature, issuer, audience and time are checked by a library, what the claims mean here is decided here. Thread-safe.</summary>
/// <remarks>RFC 7519 for tokens, RFC 9068 for <c>scope</c>. Scopes of other services are overlooked.</remarks>
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
            // RFC 7515, section 4.1.11: what such a header lists has to be understood, and the library does not look.
            return (null, Credentials.BadToken($"has a header {CriticalHeader}, and nothing that it could list is understood here; ask the issuer for one without it"));
        }

        Caller? caller = ToCaller(token, out string? error);
        return caller is null ? (null, Credentials.BadToken(error!)) : (new CallerPrincipal(caller), null);
    }

    private Caller? ToCaller(JsonWebToken token, out string? error)
    {
        string subject = token.Subject ?? "";
        error = subject.Length is < 1 or > SubjectLengthMax || subject.Any(IsControl)
            ? $"has no {SubjectClaim} that could be written down: it takes 1 to {SubjectLengthMax} characters without control characters"
            : null;
        AccountLimits limits = AccountLimits.None;
        if (error is null && issuer.AccountsClaim is { } claim)
        {
            error = AccountsFault(claim, Words(token, claim), out limits);
        }

        return error is not null ? null : new Caller(Caller.TokenPrefix + subject, ScopesOf(token), limits)
        {
            // As the library judges it, so that no request is let in and then thrown out because its body took a moment.
            ExpiresAt = Instant.FromDateTimeOffset(new DateTimeOffset(token.ValidTo, TimeSpan.Zero)).PlusClamped(issuer.ClockSkew),
        };
    }

    /// <summary>Whether a character would break a line or turn its direction around where the subject is shown later, such as in a log.</summary>
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
            return $"has no {claim}, which says on which accounts it may be used; add it, with {AllAccounts} for all";
        }

        if (accounts.Contains(AllAccounts))
        {
            return $"has {AllAccounts} beside other accounts in its {claim}; ask the issuer for one with {AllAccounts} alone, or without it";
        }

        if (!AccountLimits.TryCreate(accounts, out AccountLimits? found, out string? error))
        {
            return $"has a claim that cannot be taken: {claim} {error}";
        }

        limits = found;
        return null;
    }

    private static Scopes ScopesOf(JsonWebToken token) =>
        Words(token, ScopeClaim).Aggregate(Scopes.None, (scopes, word) => scopes | (ScopeNames.Find(word) ?? Scopes.None));

    /// <summary>The words of a claim that is a list, or a text with blanks between.</summary>
    private static List<string> Words(JsonWebToken token, string claim) =>
    [
        .. token.Claims.Where(candidate => candidate.Type == claim)
            .SelectMany(found => found.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)),
    ];

    /// <summary>What is wrong in words. The library's own messages repeat parts of the token.</summary>
    private static string Explain(Exception failure) => failure switch
    {
        SecurityTokenExpiredException => "has expired; ask the issuer for a new one",
        SecurityTokenNotYetValidException => "is not valid yet; check the clocks of the issuer and of this server",
        SecurityTokenInvalidLifetimeException => "ends before it begins; ask the issuer for one whose nbf is before its exp",
        SecurityTokenNoExpirationException => "has no exp; ask the issuer for one that expires",
        SecurityTokenInvalidAudienceException => "is meant for another service; ask the issuer for one whose aud is this server",
        SecurityTokenInvalidIssuerException => "is of another issuer; send one of the issuer that this server trusts",
        SecurityTokenInvalidAlgorithmException => "is signed in a way that is not taken; sign it with RS256, PS256, ES256 or a longer one of these",
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSignatureException => "is not signed by a key of the issuer that this server trusts",
        _ => "cannot be read as a signed JSON Web Token; check that all of it was copied, or send an API key",
    };
}
