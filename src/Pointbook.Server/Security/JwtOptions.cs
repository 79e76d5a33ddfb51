namespace Pointbook.Server.Security;

/// <summary>The issuer whose tokens the server accepts in addition to keys: section <c>Jwt</c> of the configuration.</summary>
public sealed class JwtOptions
{
    private static readonly TimeSpan ClockSkewLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RefreshIntervalLeast = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefreshIntervalLimit = TimeSpan.FromDays(1);
    private static readonly TimeSpan AuthorityAgeLimit = TimeSpan.FromDays(30);

    /// <summary>The issuer that signs tokens, as an <c>https</c> address with an OpenID configuration; null if <see cref="KeySetFile"/> is set or no tokens are accepted.</summary>
    public string? Authority { get; set; }

    /// <summary>A file with the public keys that sign tokens, as a JSON Web Key Set (RFC 7517), for offline issuers. The server reads it at the start.</summary>
    public string? KeySetFile { get; set; }

    /// <summary>The required <c>iss</c> of tokens. An authority names its issuer: it must be the authority's address, unless this option overrides it.</summary>
    public string? Issuer { get; set; }

    /// <summary>The required <c>aud</c> of tokens, so that the server rejects tokens for other services.</summary>
    public string? Audience { get; set; }

    /// <summary>
    /// The claim with the accounts of a token, as a list or separated by blanks, such as <c>shop:*</c>. If it is set, every token needs the claim,
    /// and <c>*</c> means all accounts. If it is not set, tokens are valid for all accounts.
    /// </summary>
    public string? AccountsClaim { get; set; }

    /// <summary>How much the clocks of issuers may differ from the server's; up to 5 min.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the server asks the authority, and so how long a withdrawn key may stay trusted; 1 s to 1 d.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long the authority's last answer is valid while the authority is unavailable; from twice <see cref="RefreshInterval"/> to 30 d. After
    /// that, the server answers tokens with 503.
    /// </summary>
    public TimeSpan AuthorityAgeMax { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Whether the server accepts tokens.</summary>
    public bool IsConfigured => Authority is not null || KeySetFile is not null;

    /// <summary>Describes an invalid value in a sentence, or returns null.</summary>
    public string? Fault() => BoundFault() ?? IssuerFault();

    private string? IssuerFault() =>
        Authority is not null && KeySetFile is not null ? "Jwt:Authority and Jwt:KeySetFile are both set. Set only one of them."
        : !IsConfigured && (Issuer ?? Audience ?? AccountsClaim) is not null ? "The section Jwt is incomplete. Set Jwt:Authority or Jwt:KeySetFile as well, or remove the section."
        : !IsConfigured ? null
        : Authority is not null && Uri.TryCreate(Authority, UriKind.Absolute, out Uri? address) && address.UserInfo.Length > 0
            ? "Jwt:Authority contains a user or a password. Remove them: the signing keys of an authority are public."
        : KeySetFile is not null && string.IsNullOrWhiteSpace(KeySetFile) ? "Jwt:KeySetFile is empty. Set it to a file, or remove it."
        : Authority is not null && !IsSafe(Authority) ? $"Jwt:Authority must be an https address (http only on this machine), but is '{Authority}'."
        : string.IsNullOrWhiteSpace(Audience) ? "Jwt:Audience is missing. Set it to the aud claim of tokens for this server, so that the server rejects tokens for other services."
        : KeySetFile is not null && string.IsNullOrWhiteSpace(Issuer) ? "Jwt:Issuer is missing. Set it to the iss claim of the tokens."
        : AccountsClaim is not null && string.IsNullOrWhiteSpace(AccountsClaim) ? "Jwt:AccountsClaim is empty. Set it to the name of a claim, or remove it."
        : null;

    private string? BoundFault() =>
        ClockSkew < TimeSpan.Zero || ClockSkew > ClockSkewLimit ? $"Jwt:ClockSkew must be between {TimeSpan.Zero} and {ClockSkewLimit}, but is {ClockSkew}."
        : RefreshInterval < RefreshIntervalLeast || RefreshInterval > RefreshIntervalLimit
            ? $"Jwt:RefreshInterval must be between {RefreshIntervalLeast} and {RefreshIntervalLimit}, but is {RefreshInterval}."
        : AuthorityAgeMax < RefreshInterval * 2 || AuthorityAgeMax > AuthorityAgeLimit
            ? $"Jwt:AuthorityAgeMax must be between {RefreshInterval * 2} (twice Jwt:RefreshInterval) and {AuthorityAgeLimit}, but is {AuthorityAgeMax}."
        : null;

    private static bool IsSafe(string authority) =>
        Uri.TryCreate(authority, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        && (address.Query + address.Fragment).Length == 0;
}
