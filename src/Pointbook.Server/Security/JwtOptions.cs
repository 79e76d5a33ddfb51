namespace Pointbook.Server.Security;

/// <summary>Whose tokens are taken beside keys: section <c>Jwt</c> of the configuration.</summary>
public sealed class JwtOptions
{
    private static readonly TimeSpan ClockSkewLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RefreshIntervalLeast = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RefreshIntervalLimit = TimeSpan.FromDays(1);
    private static readonly TimeSpan AuthorityAgeLimit = TimeSpan.FromDays(30);

    /// <summary>The issuer that signs tokens, as an <c>https</c> address whose OpenID configuration is read; null where <see cref="KeySetFile"/> is set or no tokens are taken.</summary>
    public string? Authority { get; set; }

    /// <summary>A file with the public keys that sign tokens, as a JSON Web Key Set (RFC 7517), for issuers that cannot be asked. It is read at the start.</summary>
    public string? KeySetFile { get; set; }

    /// <summary>The <c>iss</c> that tokens must have. An authority says it itself: it has to be its own address, unless another one is set here.</summary>
    public string? Issuer { get; set; }

    /// <summary>The <c>aud</c> that tokens must have, so that one meant for another service is not taken here.</summary>
    public string? Audience { get; set; }

    /// <summary>
    /// The claim with the accounts that a token may be used on, as a list or with blanks between, such as <c>shop:*</c>. If it is named, every
    /// token needs it, and <c>*</c> stands for all accounts; if it is not, tokens are good for all accounts.
    /// </summary>
    public string? AccountsClaim { get; set; }

    /// <summary>How much the clocks of issuers may differ from the server's; up to 5 min.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How often the authority is asked, and so how long a key that it withdrew may still be trusted; 1 s to 1 d.</summary>
    public TimeSpan RefreshInterval { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>
    /// How long what the authority said last is good while it cannot be asked; from twice <see cref="RefreshInterval"/> to 30 d. After that tokens are
    /// answered with 503.
    /// </summary>
    public TimeSpan AuthorityAgeMax { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Whether tokens are taken at all.</summary>
    public bool IsConfigured => Authority is not null || KeySetFile is not null;

    /// <summary>What is wrong with the values, as a sentence, or null.</summary>
    public string? Fault() => BoundFault() ?? IssuerFault();

    private string? IssuerFault() =>
        Authority is not null && KeySetFile is not null ? "Jwt:Authority and Jwt:KeySetFile are both set; leave one of them out."
        : !IsConfigured && (Issuer ?? Audience ?? AccountsClaim) is not null ? "Jwt is set in part; set Jwt:Authority or Jwt:KeySetFile as well, or leave all of it out."
        : !IsConfigured ? null
        : Authority is not null && Uri.TryCreate(Authority, UriKind.Absolute, out Uri? address) && address.UserInfo.Length > 0
            ? "Jwt:Authority holds a user or a password; leave them out, what an authority says of its keys is public."
        : KeySetFile is not null && string.IsNullOrWhiteSpace(KeySetFile) ? "Jwt:KeySetFile is empty; name a file or leave it out."
        : Authority is not null && !IsSafe(Authority) ? $"Jwt:Authority is '{Authority}'; set it to an https address (http only on this machine)."
        : string.IsNullOrWhiteSpace(Audience) ? "Jwt:Audience is missing; set it to what tokens for this server have as aud, so that those for other services are not taken."
        : KeySetFile is not null && string.IsNullOrWhiteSpace(Issuer) ? "Jwt:Issuer is missing; set it to what tokens have as iss."
        : AccountsClaim is not null && string.IsNullOrWhiteSpace(AccountsClaim) ? "Jwt:AccountsClaim is empty; name a claim or leave it out."
        : null;

    private string? BoundFault() =>
        ClockSkew < TimeSpan.Zero || ClockSkew > ClockSkewLimit ? $"Jwt:ClockSkew is {ClockSkew}; set it from {TimeSpan.Zero} to {ClockSkewLimit}."
        : RefreshInterval < RefreshIntervalLeast || RefreshInterval > RefreshIntervalLimit
            ? $"Jwt:RefreshInterval is {RefreshInterval}; set it from {RefreshIntervalLeast} to {RefreshIntervalLimit}."
        : AuthorityAgeMax < RefreshInterval * 2 || AuthorityAgeMax > AuthorityAgeLimit
            ? $"Jwt:AuthorityAgeMax is {AuthorityAgeMax}; set it from {RefreshInterval * 2}, twice Jwt:RefreshInterval, to {AuthorityAgeLimit}."
        : null;

    private static bool IsSafe(string authority) =>
        Uri.TryCreate(authority, UriKind.Absolute, out Uri? address)
        && (address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback))
        && (address.Query + address.Fragment).Length == 0;
}
