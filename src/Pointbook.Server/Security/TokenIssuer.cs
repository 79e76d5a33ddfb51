using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>The rules for tokens, and the keys that sign them: from a file or from the authority. Thread-safe after its start.</summary>
internal sealed class TokenIssuer(IOptions<JwtOptions> options, TimeProvider clock, ILogger<TokenIssuer> logger) : IHostedService, IAsyncDisposable
{
    // Only signatures that a verifier cannot create: with a shared secret, this server could issue tokens itself.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JwtOptions _options = options.Value;
    private Authority? _authority;
    private TokenTerms? _terms;

    /// <summary>The claim with the accounts, or null if tokens are valid for all accounts.</summary>
    public string? AccountsClaim => _options.AccountsClaim;

    /// <summary>How long the server accepts an expired token, because clocks differ.</summary>
    public TimeSpan ClockSkew => _options.ClockSkew;

    /// <summary>Reads the file of keys, or starts to ask the authority, before the store is opened and before clients can connect.</summary>
    /// <exception cref="StartRefusedException">The file of keys is unusable.</exception>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_options.KeySetFile is { } file)
        {
            _terms = new TokenTerms(null, Parameters(_options.Issuer, KeySetFile.Read(file)));
        }
        else if (_options.Authority is not null)
        {
            _authority = new Authority(_options, clock, logger);
            _authority.Start();
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The rules for tokens; null if the authority has no valid answer and cannot be reached now.</summary>
    public async ValueTask<TokenValidationParameters?> FindParametersAsync(CancellationToken cancellationToken) => _authority is null
        ? _terms?.Parameters
        : ParametersOf(await _authority.FindAsync(cancellationToken));

    /// <summary>Newer rules from the authority, for a token that no known key signed; null if there are none.</summary>
    /// <param name="than">The rules that the token failed.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    public async ValueTask<TokenValidationParameters?> FindNewerParametersAsync(TokenValidationParameters than, CancellationToken cancellationToken)
    {
        TokenTerms? terms = Volatile.Read(ref _terms);
        return _authority is null || terms?.Source is not { } source ? null
            : terms.Parameters != than ? terms.Parameters
            : ParametersOf(await _authority.FindNewerAsync(source, cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _authority?.DisposeAsync() ?? ValueTask.CompletedTask;

    private TokenValidationParameters? ParametersOf(OpenIdConnectConfiguration? configuration)
    {
        if (configuration is null)
        {
            return null;
        }

        TokenTerms? terms = Volatile.Read(ref _terms);
        if (terms?.Source != configuration)
        {
            terms = new TokenTerms(configuration, Parameters(_options.Issuer ?? configuration.Issuer, configuration.SigningKeys));
            Volatile.Write(ref _terms, terms);
        }

        return terms.Parameters;
    }

    private TokenValidationParameters Parameters(string? issuer, IEnumerable<SecurityKey> keys) => new()
    {
        ValidAudience = _options.Audience,
        ValidIssuer = issuer,
        ValidAlgorithms = Algorithms,
        ClockSkew = _options.ClockSkew,
        IssuerSigningKeys = [.. keys.Where(SigningKeys.IsStrong)],
    };

    /// <summary>The rules for tokens, from one answer of the authority or from the file.</summary>
    private sealed record TokenTerms(OpenIdConnectConfiguration? Source, TokenValidationParameters Parameters);
}
