using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Pointbook.Server.Hosting;

namespace Pointbook.Server.Security;

/// <summary>What tokens have to be like, and the keys that sign them: out of a file, or asked of the authority and kept. Thread-safe.</summary>
internal sealed class TokenIssuer : IDisposable
{
    private const string Discovery = ".well-known/openid-configuration";
    private const int AnswerSizeMax = 1_048_576;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(30);

    // Only signatures that whoever checks them cannot make: with a shared secret, this server could issue tokens itself.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly TokenValidationParameters _parameters;
    private readonly ConfigurationManager<OpenIdConnectConfiguration>? _authority;
    private readonly HttpClient? _http;
    private readonly ILogger _logger;

    /// <exception cref="StartRefusedException">The file of keys cannot be read.</exception>
    public TokenIssuer(IOptions<JwtOptions> options, ILogger<TokenIssuer> logger)
    {
        JwtOptions jwt = options.Value;
        _logger = logger;
        AccountsClaim = jwt.AccountsClaim;
        _parameters = new TokenValidationParameters
        {
            ValidAudience = jwt.Audience,
            ValidIssuer = jwt.Issuer,
            ValidAlgorithms = Algorithms,
            ClockSkew = ClockSkew,
            IssuerSigningKeys = jwt.KeySetFile is { } file ? ReadKeys(file) : null,
        };
        if (jwt.Authority is { } authority)
        {
            _http = new HttpClient { Timeout = AnswerWithin, MaxResponseContentBufferSize = AnswerSizeMax };
            // What is plain http was checked to be on this machine.
            HttpDocumentRetriever documents = new(_http) { RequireHttps = authority.StartsWith("https:", StringComparison.OrdinalIgnoreCase) };
            _authority = new ConfigurationManager<OpenIdConnectConfiguration>(
                $"{authority.TrimEnd('/')}/{Discovery}", new OpenIdConnectConfigurationRetriever(), documents);
            _parameters.ConfigurationManager = _authority;
        }
    }

    /// <summary>The claim with the accounts, or null where tokens are good for all.</summary>
    public string? AccountsClaim { get; }

    /// <summary>What tokens have to be like; null if the authority was never reached and cannot be reached now.</summary>
    public async ValueTask<TokenValidationParameters?> FindParametersAsync(CancellationToken cancellationToken)
    {
        if (_authority is null)
        {
            return _parameters;
        }

        try
        {
            OpenIdConnectConfiguration configuration = await _authority.GetConfigurationAsync(cancellationToken);
            if (_parameters.ValidIssuer is not null)
            {
                return _parameters;
            }

            TokenValidationParameters parameters = _parameters.Clone();
            parameters.ValidIssuer = configuration.Issuer;
            return parameters;
        }
        catch (Exception failure) when (!cancellationToken.IsCancellationRequested)
        {
            LogMessages.AuthorityUnavailable(_logger, failure);
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http?.Dispose();

    private static IList<SecurityKey> ReadKeys(string file)
    {
        try
        {
            IList<SecurityKey> keys = new JsonWebKeySet(File.ReadAllText(file)).GetSigningKeys();
            return keys.Any(key => key is AsymmetricSecurityKey or JsonWebKey { Kty: JsonWebAlgorithmsKeyTypes.RSA or JsonWebAlgorithmsKeyTypes.EllipticCurve })
                ? keys
                : throw new StartRefusedException($"Jwt:KeySetFile {file} holds no public RSA or EC key; set it to a JSON Web Key Set of the issuer.");
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartRefusedException($"Jwt:KeySetFile {file} cannot be read as a JSON Web Key Set: {failure.Message.ReplaceLineEndings(" ")}", failure);
        }
    }
}
