using Microsoft.Extensions.Logging;
using Pointbook.Access;
using Pointbook.Server.Hosting;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Each request that is refused because of who sent it is a line of the log, and no line holds a key. The client's address is who it is.</summary>
public sealed class AccessLogTests
{
    [Fact]
    public async Task Each_refused_request_is_one_line_and_no_line_of_any_level_holds_a_key()
    {
        CollectedLog log = new();
        await using RunningServer server = await StartAsync(log);
        string key = await server.CreateKeyAsync("till", Scopes.Read, "shop:*");
        string stranger = Holders.NewSecret().Reveal();
        (await server.SendAsync(key, HttpMethod.Get, "/v1/accounts/shop:1/balance")).MustBe(200);
        (await server.SendAsync(stranger, HttpMethod.Get, "/balance")).MustBe(401);
        (await server.SendAsync(null, HttpMethod.Post, "/spend?secret=" + stranger, "{}")).MustBe(401);
        (await server.SendAsync(key, HttpMethod.Get, "/balance")).MustBe(403);
        (await server.SendAsync(key, HttpMethod.Post, "/v1/keys", "{}")).MustBe(403);
        (await server.SendAsync(key, HttpMethod.Get, "/v1/accounts/a%0d%0a%1b[31mb/balance")).MustBe(400);
        (await server.SendAsync(null, HttpMethod.Get, "/v1/accounts/a%0d%0a%1b[31mb/" + new string('x', 500))).MustBe(401);

        string[] lines = [.. (await log.WaitForAsync(3030, count: 5)).Select(line => line.Text)];
        Assert.Equal(
        [
            "Refused with 401 invalid_key: GET /balance of nobody at 127.0.0.1",
            "Refused with 401 missing_key: POST /spend of nobody at 127.0.0.1",
            "Refused with 403 account_not_allowed: GET /balance of till at 127.0.0.1",
            "Refused with 403 missing_scope: POST /v1/keys of till at 127.0.0.1",
        ],
            lines[..4]);
        Assert.Matches(@"^Refused with 401 missing_key: GET /v1/accounts/a%0D%0A%1B(\[|%5B)31mb/x+… of nobody at 127\.0\.0\.1$", Assert.Single(lines[4..]));
        Assert.DoesNotContain(log.Lines, line => (line.Text + line.Rest).Contains(key[20..], StringComparison.Ordinal) || (line.Text + line.Rest).Contains("Bearer pb_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1", "203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.0/8", "203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.1,10.0.0.0/8", "198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7")]
    [InlineData("127.0.0.1", "127.0.0.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.0/8", "203.0.113.7", "127.0.0.1")]
    [InlineData(null, "203.0.113.7", "127.0.0.1")]
    public async Task The_address_is_the_clients_as_far_as_proxies_are_trusted(string? trusted, string forwarded, string address)
    {
        CollectedLog log = new();
        await using RunningServer server = await StartAsync(log, trusted is null ? [] : ["--Http:TrustedProxies", trusted]);
        using HttpRequestMessage request = new(HttpMethod.Get, "/balance");
        request.Headers.Add("X-Forwarded-For", forwarded);
        (await server.SendAsync(request)).MustBe(403, "protected_mode");
        await server.CreateKeyAsync("k", Scopes.Read);
        using HttpRequestMessage again = new(HttpMethod.Get, "/balance");
        again.Headers.Add("X-Forwarded-For", forwarded);
        (await server.SendAsync(again)).MustBe(401, "missing_key");
        LogLine line = Assert.Single(await log.WaitForAsync(3030, part: "401"));
        Assert.Equal($"Refused with 401 missing_key: GET /balance of nobody at {address}", line.Text);
    }

    [Theory]
    [InlineData("", "Http:TrustedProxies is empty")]
    [InlineData("proxy.example", "Http:TrustedProxies holds 'proxy.example';")]
    [InlineData("10.0.0.0/33", "Http:TrustedProxies holds '10.0.0.0/33';")]
    public void What_is_no_proxy_is_refused_at_the_start(string proxies, string sentence) => Assert.StartsWith(
        sentence, Assert.Single(new HttpOptionsValidator().Validate(null, new HttpOptions { TrustedProxies = proxies }).Failures!), StringComparison.Ordinal);

    private static Task<RunningServer> StartAsync(CollectedLog log, params string[] args) => RunningServer.StartAsync(
        builder => builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace), [.. CollectedLog.Everything, .. args]);
}
