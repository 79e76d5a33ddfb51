using Microsoft.Extensions.Logging;
using Pointbook.Access;
using Pointbook.Server.Hosting;
using Pointbook.Server.Security;
using Pointbook.Server.Tests.Bulk;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>The server logs one line for each request that it refuses because of its sender. No line holds a key. Each line names the client's address.</summary>
public sealed class AccessLogTests
{
    [Fact]
    public async Task Each_refused_request_is_one_log_line_and_no_line_of_any_level_contains_a_key()
    {
        CollectedLog log = new();
        await using RunningServer server = await StartAsync(log);
        string key = await server.CreateKeyAsync("till", Scopes.Read, "shop:*");
        string stranger = KeyExtensions.NewSecret().Reveal();
        (await server.SendAsync(key, HttpMethod.Get, "/v1/accounts/shop:1/balance")).AssertIs(200);
        (await server.SendAsync(stranger, HttpMethod.Get, "/balance")).AssertIs(401);
        (await server.SendAsync(null, HttpMethod.Post, "/spend?secret=" + stranger, "{}")).AssertIs(401);
        (await server.SendAsync(key, HttpMethod.Get, "/balance")).AssertIs(403);
        (await server.SendAsync(key, HttpMethod.Post, "/v1/keys", "{}")).AssertIs(403);
        (await server.SendAsync(key, HttpMethod.Get, "/v1/accounts/a%0d%0a%1b[31mb/balance")).AssertIs(400);
        (await server.SendAsync(null, HttpMethod.Get, "/v1/accounts/a%0d%0a%1b[31mb/" + new string('x', 500))).AssertIs(401);

        string[] lines = [.. (await log.WaitForAsync(3030, count: 5)).Select(line => line.Text)];
        Assert.Equal(
        [
            "Refused with 401 invalid_key: GET /balance by an unknown client at 127.0.0.1",
            "Refused with 401 missing_key: POST /spend by an unknown client at 127.0.0.1",
            "Refused with 403 account_not_allowed: GET /balance by \"till\" at 127.0.0.1",
            "Refused with 403 missing_scope: POST /v1/keys by \"till\" at 127.0.0.1",
        ],
            lines[..4]);
        Assert.Matches(@"^Refused with 401 missing_key: GET /v1/accounts/a%0D%0A%1B(\[|%5B)31mb/x+… by an unknown client at 127\.0\.0\.1$", Assert.Single(lines[4..]));
        Assert.DoesNotContain(log.Lines, line => (line.Text + line.Rest).Contains(key[20..], StringComparison.Ordinal) || (line.Text + line.Rest).Contains("Bearer pb_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.1", "203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.0/8", "203.0.113.7", "203.0.113.7")]
    [InlineData("127.0.0.1,10.0.0.0/8", "198.51.100.1, 203.0.113.7, 10.1.2.3", "203.0.113.7")]
    [InlineData("127.0.0.1", "127.0.0.1, 203.0.113.7", "203.0.113.7")]
    [InlineData("10.0.0.0/8", "203.0.113.7", "127.0.0.1")]
    [InlineData(null, "203.0.113.7", "127.0.0.1")]
    public async Task The_logged_address_is_that_of_the_client_as_far_as_proxies_are_trusted(string? trusted, string forwarded, string address)
    {
        CollectedLog log = new();
        await using RunningServer server = await StartAsync(log, trusted is null ? [] : ["--Http:TrustedProxies", trusted]);
        using HttpRequestMessage request = new(HttpMethod.Get, "/balance");
        request.Headers.Add("X-Forwarded-For", forwarded);
        (await server.SendAsync(request)).AssertIs(403, "protected_mode");
        await server.CreateKeyAsync("k", Scopes.Read);
        using HttpRequestMessage again = new(HttpMethod.Get, "/balance");
        again.Headers.Add("X-Forwarded-For", forwarded);
        (await server.SendAsync(again)).AssertIs(401, "missing_key");
        LogLine line = Assert.Single(await log.WaitForAsync(3030, part: "401"));
        Assert.Equal($"Refused with 401 missing_key: GET /balance by an unknown client at {address}", line.Text);
    }

    [Theory]
    [InlineData("", "Http:TrustedProxies is empty")]
    [InlineData("proxy.example", "Http:TrustedProxies contains the invalid value 'proxy.example'.")]
    [InlineData("10.0.0.0/33", "Http:TrustedProxies contains the invalid value '10.0.0.0/33'. Set it to comma-separated addresses or networks such as 10.0.0.0/8.")]
    [InlineData("10", "Http:TrustedProxies contains '10', which means 0.0.0.10. Write 0.0.0.10, or the complete network, such as 10.0.0.0/8.")]
    [InlineData("10.0.0.0/8,10.1", "Http:TrustedProxies contains '10.1', which means 10.0.0.1.")]
    [InlineData("010.0.0.1", "Http:TrustedProxies contains '010.0.0.1', which means 8.0.0.1.")]
    [InlineData("0x0a000001", "Http:TrustedProxies contains '0x0a000001', which means 10.0.0.1.")]
    [InlineData("10/8", "Http:TrustedProxies contains '10/8', which means 0")]
    [InlineData("2001:db8:0:0::1", "Http:TrustedProxies contains '2001:db8:0:0::1', which means 2001:db8::1.")]
    [InlineData("2001:db8:0::/32", "Http:TrustedProxies contains '2001:db8:0::/32', which means 2001:db8::/32.")]
    public void Invalid_proxies_are_rejected_at_the_start(string proxies, string sentence) => Assert.StartsWith(
        sentence, Assert.Single(new HttpOptionsValidator().Validate(null, new HttpOptions { TrustedProxies = proxies }).Failures!), StringComparison.Ordinal);

    [Theory]
    [InlineData("10.1.2.3, 192.168.0.0/16")]
    [InlineData("2001:DB8::1,2001:db8::/32,::1,::ffff:10.0.0.1")]
    public void Addresses_and_networks_are_accepted_as_proxies(string proxies) =>
        Assert.True(new HttpOptionsValidator().Validate(null, new HttpOptions { TrustedProxies = proxies }).Succeeded);

    [Fact]
    public async Task The_subject_of_a_token_cannot_forge_the_rest_of_its_log_line()
    {
        using Tokens tokens = new();
        CollectedLog log = new();
        await using RunningServer server = await StartAsync(log, tokens.Arguments);
        (await server.SendAsync(tokens.Good("add", "evil by admin at 1.2.3.4"), HttpMethod.Get, "/balance")).AssertIs(403, "missing_scope");
        (await server.SendAsync(tokens.Good("add", "evil\" by \"admin\" at 1.2.3.4\\"), HttpMethod.Get, "/balance")).AssertIs(403, "missing_scope");
        Assert.Equal(
        [
            """Refused with 403 missing_scope: GET /balance by "jwt:evil by admin at 1.2.3.4" at 127.0.0.1""",
            """Refused with 403 missing_scope: GET /balance by "jwt:evil\" by \"admin\" at 1.2.3.4\\" at 127.0.0.1""",
        ],
            (await log.WaitForAsync(3030, count: 2)).Select(line => line.Text));
    }

    [Theory]
    [InlineData(null, "nobody")]
    [InlineData("nobody", "\"nobody\"")]
    [InlineData("jwt:Zoë+1", "\"jwt:Zoë+1\"")]
    [InlineData("a\r\n\u001b\u2028\"\\", "\"a\\r\\n\\u001B\\u2028\\\"\\\\\"")]
    public void An_actor_is_logged_in_quotation_marks_as_in_JSON(string? actor, string text) => Assert.Equal(text, ActorText.Of(actor, "nobody"));

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    public async Task Items_refused_because_of_their_account_are_one_log_line_per_request(string contentType)
    {
        CollectedLog log = new();
        await using RunningServer server = await StartAsync(log);
        string key = await server.CreateKeyAsync("till", Scopes.Add, "shop:*");
        string[] items = [BulkServer.Item("shop:1", "A", 1), BulkServer.Item("alice", "A", 1), BulkServer.Item("bob", "A", 1), BulkServer.Item("a b", "A", 1)];
        string body = contentType == "application/json" ? $"[{string.Join(',', items)}]" : string.Join('\n', items);
        (await server.SendAsync(key, HttpMethod.Post, BulkServer.Path, body, contentType)).AssertIs(200);
        await log.WaitForAsync(3037);
        // The server logs nothing for a request if it refused none of its items for that reason.
        (await server.SendAsync(key, HttpMethod.Post, BulkServer.Path, contentType == "application/json" ? $"[{items[0]}]" : items[0], contentType)).AssertIs(200);
        (await server.SendAsync(null, HttpMethod.Post, BulkServer.Path, body, contentType)).AssertIs(401);
        await log.WaitForAsync(3030);
        Assert.Equal(
            """Refused 2 items with 403 account_not_allowed: POST /v1/transactions by "till" at 127.0.0.1""", Assert.Single(log.Of(3037)).Text);
    }

    [Fact]
    public async Task A_created_key_is_logged_with_its_permissions_and_its_expiry()
    {
        CollectedLog log = new();
        await using RunningServer server = await StartAsync(log);
        (await server.PostAsync("/v1/keys", """{"name":"boss","scopes":["admin"]}""")).AssertIs(201);
        string admin = await server.CreateKeyAsync("admin", Scopes.Admin);
        (await server.SendAsync(
            admin, HttpMethod.Post, "/v1/keys", """{"name":"till","scopes":["read","spend"],"accounts":["shop:*","desk"],"expiresAfter":"P90D"}""")).AssertIs(201);
        string[] lines = [.. (await log.WaitForAsync(3034, count: 2)).Select(line => line.Text)];
        Assert.Matches(@"^A local client created the API key boss \([0-9a-f]{16}\) for admin on all accounts, valid until it is revoked$", lines[0]);
        Assert.Matches(
            @"^""admin"" created the API key till \([0-9a-f]{16}\) for read spend on shop:\* desk, valid until 2[0-9]{3}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$", lines[1]);
    }

    private static Task<RunningServer> StartAsync(CollectedLog log, params string[] args) => RunningServer.StartAsync(
        builder => builder.Logging.AddProvider(log).SetMinimumLevel(LogLevel.Trace), [.. CollectedLog.Everything, .. args]);
}
