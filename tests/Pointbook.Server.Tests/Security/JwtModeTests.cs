using System.Net;
using Pointbook.Access;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Once the server accepts tokens, every caller must authenticate, whether or not a key exists.</summary>
public sealed class JwtModeTests(TokenServer fixture) : IClassFixture<TokenServer>
{
    [Theory]
    [InlineData("GET", "/balance")]
    [InlineData("POST", "/spend")]
    [InlineData("GET", "/flushDB")]
    [InlineData("DELETE", "/flushDB")]
    [InlineData("GET", "/v1/keys")]
    [InlineData("GET", "/v1/journal/0")]
    [InlineData("GET", "/nothing")]
    public async Task Being_on_this_machine_gives_no_access(string method, string path)
    {
        Reply reply = (await fixture.Server.SendAsync(null, new HttpMethod(method), path)).AssertIs(401, "missing_key");
        Assert.Equal("Bearer realm=\"pointbook\"", reply.Header("WWW-Authenticate"));
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/")]
    public async Task Routes_that_show_no_account_are_public(string path) =>
        (await fixture.Server.SendAsync("nonsense", HttpMethod.Get, path)).AssertIs(200);

    [Theory]
    [InlineData("Host", "pointbook.example")]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("Origin", "https://shop.example")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    public async Task Protected_mode_is_off(string name, string value)
    {
        foreach ((string? token, int status) in ((string?, int)[])[(fixture.Tokens.Good(), 200), (null, 401)])
        {
            HttpRequestMessage request = new(HttpMethod.Get, "/balance");
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
            if (token is not null)
            {
                request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + token);
            }

            Reply reply = (await fixture.Server.SendAsync(request)).AssertIs(status);
            Assert.Null(reply.Header("Access-Control-Allow-Origin"));
        }
    }

    [Fact]
    public async Task The_server_may_listen_on_every_address_without_any_key()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, [.. fixture.Tokens.Arguments, "--urls", "http://0.0.0.0:0"]);
        server.Client.BaseAddress = new Uri($"http://{IPAddress.Loopback}:{server.Address.Port}");
        (await server.GetAsync("/balance")).AssertIs(401, "missing_key");
        (await server.SendAsync(fixture.Tokens.Good(), HttpMethod.Get, "/balance")).AssertIs(200);
    }

    [Fact]
    public async Task Removing_tokens_does_not_restore_protected_mode_if_there_was_a_key()
    {
        string directory = Directory.CreateTempSubdirectory("pointbook-mode-").FullName;
        try
        {
            await using (RunningServer before = await RunningServer.StartAsync(null, [.. fixture.Tokens.Arguments, "--Storage:Directory", directory]))
            {
                await before.CreateKeyAsync("billing", Scopes.Read);
            }

            await using RunningServer after = await RunningServer.StartAsync(null, "--Storage:Directory", directory);
            (await after.GetAsync("/balance")).AssertIs(401, "missing_key");
            (await after.SendAsync(fixture.Tokens.Good(), HttpMethod.Get, "/balance")).AssertIs(401, "invalid_key");
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
