using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>What tokens have to be like, and the keys that sign them: out of a file, or asked of the authority. Thread-safe once it is started.</summary>
internal sealed class TokenIssuer(IOptions<JwtOptions> options, TimeProvider clock, ILogger<TokenIssuer> logger) : IHostedService, IAsyncDisposable
{
    // Only signatures that whoever checks them cannot make: with a shared secret, this server could issue tokens itself.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JwtOptions _options = options.Value;
    private Authority? _authority;
    private TokenTerms? _terms;

    /// <summary>The claim with the accounts, or null where tokens are good for all.</summary>
    public string? AccountsClaim => _options.AccountsClaim;

    /// <summary>How much later than it says a token expires, for clocks that differ.</summary>
    public TimeSpan ClockSkew => _options.ClockSkew;

    /// <summary>Reads the file of keys, or begins to ask the authority; before the store is opened, and before anybody can connect.</summary>
    /// <exception cref="StartRefusedException">The file of keys cannot be used.</exception>
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

    /// <summary>What tokens have to be like; null if the authority was never reached and cannot be reached now.</summary>
    public async ValueTask<TokenValidationParameters?> FindParametersAsync(CancellationToken cancellationToken) => _authority is null
        ? _terms?.Parameters
        : ParametersOf(await _authority.FindAsync(cancellationToken));

    /// <summary>What tokens have to be like by the latest word of the authority, for one that no known key signed; null if there is none.</summary>
    /// <param name="than">What the token was held against.</param>
    /// <param name="cancellationToken">Gives up waiting.</param>
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

    /// <summary>What tokens have to be like, by one answer of the authority or by the file.</summary>
    private sealed record TokenTerms(OpenIdConnectConfiguration? Source, TokenValidationParameters Parameters);
}
