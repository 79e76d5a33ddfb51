using Pointbook.Access;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>A browser must not store any reply, treat it as another type, frame it, or load it for another site.</summary>
public sealed class ReplyHeaderTests
{
    [Fact]
    public async Task Every_reply_has_the_security_headers()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using HttpRequestMessage foreign = new(HttpMethod.Get, "/balance");
        foreign.Headers.Add("Origin", "https://evil.example");
        AssertSafe((await server.SendAsync(foreign)).AssertIs(403));
        string key = await server.CreateKeyAsync("all", Scopes.All);
        (HttpMethod Method, string Path, string? Key, int Status)[] requests =
        [
            (HttpMethod.Get, "/balance", key, 200), (HttpMethod.Post, "/flushDB", key, 200), (HttpMethod.Post, "/spend", key, 400),
            (HttpMethod.Get, "/v1/accounts?x=1", key, 400), (HttpMethod.Get, "/balance", null, 401), (HttpMethod.Get, "/nowhere", key, 404),
            (HttpMethod.Post, "/balance", key, 405), (HttpMethod.Options, "/balance", key, 405), (HttpMethod.Head, "/health/live", null, 200),
            (HttpMethod.Get, "/health/live", null, 200), (HttpMethod.Get, "/openapi/v1.json", null, 200), (HttpMethod.Get, "/v1/journal/0", key, 200),
        ];
        foreach ((HttpMethod method, string path, string? sender, int status) in requests)
        {
            Reply reply = await server.SendAsync(sender, method, path);
            Assert.True(reply.Status == status, $"{method} {path}: {reply.Status}");
            AssertSafe(reply);
        }
    }

    [Fact]
    public async Task The_API_page_has_its_own_policy()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply page = (await server.GetAsync("/docs/")).AssertIs(200);
        Assert.Contains("script-src 'self' 'nonce-", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'none'", page.Header("Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Equal("DENY", page.Header("X-Frame-Options"));
    }

    private static void AssertSafe(Reply reply)
    {
        Assert.Equal("no-store", reply.Header("Cache-Control"));
        Assert.Equal("nosniff", reply.Header("X-Content-Type-Options"));
        Assert.Equal("default-src 'none'; frame-ancestors 'none'", reply.Header("Content-Security-Policy"));
        Assert.Equal("DENY", reply.Header("X-Frame-Options"));
        Assert.Equal("no-referrer", reply.Header("Referrer-Policy"));
        Assert.Equal("same-origin", reply.Header("Cross-Origin-Resource-Policy"));
        Assert.Equal("same-origin", reply.Header("Cross-Origin-Opener-Policy"));
        Assert.Null(reply.Header("Strict-Transport-Security"));
        Assert.Null(reply.Header("Server"));
    }
}
