namespace Pointbook.Server.Tests.Security;

/// <summary>A route, and what it requires of callers. Tests compare the server with this table.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Pattern">The pattern with which the server maps it.</param>
/// <param name="Scope">The scope that it requires; null if it is open to everyone.</param>
/// <param name="Accounts">Which accounts it touches: <c>path</c>, <c>default</c>, <c>all</c>, or <c>request</c> for those that the request names.</param>
/// <param name="Status">The status of the answer to permitted callers.</param>
/// <param name="Body">The body that the caller sends.</param>
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

    /// <summary>The account that a request to the route touches, if the path or the body names one.</summary>
    public const string Account = "shop:1";

    /// <summary>The path of a request to the route.</summary>
    public string Path => Pattern.Replace("{account}", Account, StringComparison.Ordinal)
        .Replace("{partition}", "0", StringComparison.Ordinal)
        .Replace("{id}", "7fffffffffffffff", StringComparison.Ordinal)
        + (Pattern == "/v1/accounts" ? "?prefix=shop:" : "");

    /// <summary>The body of a request to the route, with the account in it.</summary>
    public string? Text => Body?.Replace("{account}", Account, StringComparison.Ordinal);

    public override string ToString() => $"{Method} {Pattern}";
}
