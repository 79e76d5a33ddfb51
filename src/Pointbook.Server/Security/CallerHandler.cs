using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Pointbook.Access;
using Pointbook.Ledger.Values;
using Pointbook.Server.Keys;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Authenticates the sender of a request: the holder of a key or token, or in protected mode a local client.</summary>
/// <remarks>Each request has its own instance. Bearer credentials are those of RFC 6750, only in the header <c>Authorization</c>.</remarks>
internal sealed class CallerHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, AccessMode mode, KeyRing keys, TokenReader tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>The name of the only authentication scheme.</summary>
    public const string SchemeName = "Pointbook";

    private const string BearerPrefix = Credentials.BearerWord + " ";

    private ProblemReply? _problem;

    /// <inheritdoc/>
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.GetEndpoint()?.Metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return AuthenticateResult.NoResult();
        }

        try
        {
            (CallerPrincipal? caller, _problem) = await FindAsync();
            return caller is null
                ? AuthenticateResult.Fail(_problem!.Kind.Code)
                : AuthenticateResult.Success(new AuthenticationTicket(caller, SchemeName));
        }
        catch (KeyStoreException)
        {
            _problem = Credentials.KeysUnavailable();
            return AuthenticateResult.Fail(_problem.Kind.Code);
        }
    }

    /// <inheritdoc/>
    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        await HandleAuthenticateOnceSafeAsync();
        await (_problem ?? Credentials.Missing()).ExecuteAsync(Context);
    }

    private async ValueTask<(CallerPrincipal? Caller, ProblemReply? Problem)> FindAsync()
    {
        StringValues header = Request.Headers.Authorization;
        if (header.Count == 0)
        {
            return await mode.IsProtectedAsync() ? (CallerPrincipal.Local, null) : (null, Credentials.Missing());
        }

        if (header.Count > 1 || header[0] is not { } value || !value.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return (null, Credentials.NotBearer(header));
        }

        string text = value[BearerPrefix.Length..].Trim(' ');
        return text.StartsWith(KeySecret.Prefix, StringComparison.Ordinal) || !mode.TakesTokens
            ? await FindHolderAsync(text)
            : await tokens.ReadAsync(text, Context.RequestAborted);
    }

    private async ValueTask<(CallerPrincipal? Caller, ProblemReply? Problem)> FindHolderAsync(string text)
    {
        KnownKeys known = await keys.ReadAsync();
        CallerPrincipal? holder = KeySecret.TryParse(text, out KeySecret? secret) ? known.Find(secret) : null;
        return holder is null ? (null, Credentials.UnknownKey())
            : Credentials.Expired(holder.Caller, Instant.FromDateTimeOffset(TimeProvider.GetUtcNow())) is { } expired ? (null, expired)
            : (holder, null);
    }
}
