using Pointbook.Access;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Pages of configured origins may call the server, but never before a key exists.</summary>
public sealed class CorsTests
{
    private const string Shop = "https://shop.example";

    [Theory]
    [InlineData(null)]
    [InlineData("*")]
    [InlineData(Shop)]
    public async Task Without_a_key_no_reply_has_a_CORS_header(string? origins)
    {
        await using RunningServer server = await RunningServer.StartAsync(args: origins is null ? [] : ["--Cors:Origins", origins]);
        foreach (Reply reply in (Reply[])[await PreflightAsync(server, Shop), await AskAsync(server, null, Shop), await AskAsync(server, null, null)])
        {
            Assert.DoesNotContain(reply.Message.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
        }
    }

    [Theory]
    [InlineData("*", Shop, "*")]
    [InlineData(Shop, Shop, Shop)]
    [InlineData("https://desk.example:8443, " + Shop, Shop, Shop)]
    [InlineData("https://desk.example", Shop, null)]
    [InlineData("https://desk.example", "null", null)]
    [InlineData("http://shop.example", Shop, null)]
    public async Task With_a_key_configured_origins_can_call_and_read(string origins, string origin, string? allowed)
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Cors:Origins", origins]);
        string key = await server.CreateKeyAsync("page", Scopes.Read);
        Reply preflight = await PreflightAsync(server, origin);
        Assert.Equal(allowed, preflight.Header("Access-Control-Allow-Origin"));
        Assert.Equal(allowed is null ? null : "Authorization,Content-Type,Accept,Idempotency-Key,Last-Event-ID", preflight.Header("Access-Control-Allow-Headers"));
        foreach (Reply reply in (Reply[])[await AskAsync(server, key, origin), await AskAsync(server, null, origin), await AskAsync(server, key, origin, "/v1/keys"), await AskAsync(server, key, origin, "/nowhere")])
        {
            Assert.Equal(allowed, reply.Header("Access-Control-Allow-Origin"));
            Assert.Equal(allowed is null ? null : "Idempotency-Replayed,Location,Retry-After,WWW-Authenticate", reply.Header("Access-Control-Expose-Headers"));
            Assert.Null(reply.Header("Access-Control-Allow-Credentials"));
        }
    }

    [Fact]
    public async Task A_preflight_never_flushes_the_account()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Cors:Origins", "*"]);
        string key = await server.CreateKeyAsync("page", Scopes.All);
        (await server.SendAsync(key, HttpMethod.Post, "/addTransaction", """{"payer":"A","points":5,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(200);
        using HttpRequestMessage request = new(HttpMethod.Options, "/flushDB");
        request.Headers.Add("Origin", Shop);
        request.Headers.Add("Access-Control-Request-Method", "GET");
        Assert.Equal(204, (await server.SendAsync(request)).Status);
        Assert.Equal("""{"A":5}""", (await server.SendAsync(key, HttpMethod.Get, "/balance")).Body);
    }

    [Theory]
    [InlineData("", "Cors:Origins is empty")]
    [InlineData("shop.example", "Cors:Origins contains the invalid origin 'shop.example'.")]
    [InlineData("https://shop.example/", "Cors:Origins contains")]
    [InlineData("https://a.example,*", "Cors:Origins contains the invalid origin '*'")]
    [InlineData("ftp://a.example", "Cors:Origins contains")]
    public void Invalid_origins_are_rejected_at_the_start(string origins, string sentence) =>
        Assert.StartsWith(sentence, new Pointbook.Server.Cors.CorsOptions { Origins = origins }.Fault(), StringComparison.Ordinal);

    private static Task<Reply> PreflightAsync(RunningServer server, string origin)
    {
        HttpRequestMessage request = new(HttpMethod.Options, "/spend");
        request.Headers.Add("Origin", origin);
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "authorization,content-type,idempotency-key");
        return server.SendAsync(request);
    }

    private static Task<Reply> AskAsync(RunningServer server, string? key, string? origin, string path = "/balance")
    {
        HttpRequestMessage request = new(HttpMethod.Get, path);
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        if (key is not null)
        {
            request.Headers.Add("Authorization", "Bearer " + key);
        }

        return server.SendAsync(request);
    }
}
