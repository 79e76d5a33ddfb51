namespace Pointbook.Server.Tests.Security;

/// <summary>A route, and what it asks of callers: the table that the server is held against.</summary>
/// <param name="Method">The method.</param>
/// <param name="Pattern">Its pattern, as it is mapped.</param>
/// <param name="Scope">The scope that it needs; null if it is for everybody.</param>
/// <param name="Accounts">Which accounts it touches: <c>path</c>, <c>default</c>, <c>all</c>, or <c>request</c> for those that the request names.</param>
/// <param name="Status">What it answers to those who may.</param>
/// <param name="Body">What is sent.</param>
internal sealed record Route(string Method, string Pattern, string? Scope, string Accounts, int Status, string? Body = null)
{
    private const string Credit = """{"payer":"DANNON","points":10,"timestamp":"2020-10-31T10:00:00Z"}""";
    private const string One = """{"points":1}""";

    public static IReadOnlyList<Route> All { get; } =
    [
        new("POST", "/addTransaction", "add", "default", 200, Credit),
        new("GET", "/balance", "read", "default", 200),
        new("POST", "/spend", "spend", "default", 422, """{"points":9000000000000000000}"""),
        new("ANY", "/flushDB", "flush", "default", 200),
        new("GET", "/v1/accounts", "read", "request", 200),
        new("GET", "/v1/accounts/{account}/balance", "read", "path", 200),
        new("GET", "/v1/accounts/{account}/lots", "read", "path", 200),
        new("POST", "/v1/accounts/{account}/transactions", "add", "path", 201, Credit),
        new("GET", "/v1/accounts/{account}/transactions", "read", "path", 200),
        new("GET", "/v1/accounts/{account}/transactions/{id}", "read", "path", 404),
        new("GET", "/v1/accounts/{account}/transactions/{id}/lines", "read", "path", 404),
        new("GET", "/v1/accounts/{account}/archive", "read", "path", 200),
        new("POST", "/v1/accounts/{account}/spends", "spend", "path", 422, """{"points":9000000000000000000}"""),
        new("POST", "/v1/accounts/{account}/spends/preview", "read", "path", 422, """{"points":9000000000000000000}"""),
        new("GET", "/v1/accounts/{account}/spends/{id}", "read", "path", 404),
        new("POST", "/v1/accounts/{account}/spends/{id}/capture", "spend", "path", 404),
        new("POST", "/v1/accounts/{account}/spends/{id}/reversal", "spend", "path", 404),
        new("POST", "/v1/accounts/{account}/flush", "flush", "path", 200),
        new("POST", "/v1/accounts/{account}/flushes/{id}/restore", "flush", "path", 404),
        new("POST", "/v1/accounts/{account}/erasure", "admin", "path", 400, One),
        new("GET", "/v1/payers", "read", "all", 200),
        new("GET", "/v1/statement", "read", "all", 400),
        new("POST", "/v1/transactions", "add", "request", 200, $$"""[{"account":"{account}",{{Credit[1..]}}]"""),
        new("GET", "/v1/journal", "read", "all", 200),
        new("GET", "/v1/journal/{partition}", "read", "all", 200),
        new("POST", "/v1/keys", "admin", "all", 400, One),
        new("GET", "/v1/keys", "admin", "all", 200),
        new("GET", "/v1/keys/{id}", "admin", "all", 404),
        new("POST", "/v1/keys/{id}/revocation", "admin", "all", 404),
        new("POST", "/v1/clock/confirmation", "admin", "all", 400, One),
        new("GET", "/health/live", null, "", 200),
        new("HEAD", "/health/live", null, "", 200),
        new("GET", "/health/ready", null, "", 200),
        new("HEAD", "/health/ready", null, "", 200),
        new("GET", "/openapi/v1.json", null, "", 200),
        new("GET", "/docs/", null, "", 200),
    ];

    /// <summary>The account that a request of it touches, if its path or body says so.</summary>
    public const string Account = "shop:1";

    /// <summary>A path of it.</summary>
    public string Path => Pattern.Replace("{account}", Account, StringComparison.Ordinal)
        .Replace("{partition}", "0", StringComparison.Ordinal)
        .Replace("{id}", "7fffffffffffffff", StringComparison.Ordinal)
        + (Pattern == "/v1/accounts" ? "?prefix=shop:" : "");

    /// <summary>What is sent, with the account in it.</summary>
    public string? Text => Body?.Replace("{account}", Account, StringComparison.Ordinal);

    public override string ToString() => $"{Method} {Pattern}";
}
