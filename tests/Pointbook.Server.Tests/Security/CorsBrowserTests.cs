using Pointbook.Access;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>In a real browser, a page of a configured origin can use a key, and a page of another origin cannot.</summary>
[Collection(AttackCollection.Name)]
public sealed class CorsBrowserTests(AttackedServer attacked)
{
    // The page's script sends its key itself. The browser adds no credentials.
    private const string Script =
        """
        const seen = [];
        const call = async (method, path, headers, body) => {
          try {
            const reply = await fetch('ADDRESS' + path, { method, body, headers });
            const said = ['Location', 'Idempotency-Replayed', 'WWW-Authenticate', 'Retry-After'].filter(name => reply.headers.has(name));
            seen.push([reply.status, ...said].join(' '));
          } catch (failure) {
            seen.push(failure.name);
          }
        };
        const key = { 'Authorization': 'Bearer KEY' };
        const write = { ...key, 'Content-Type': 'application/json', 'Idempotency-Key': 'ORIGIN-1' };
        const credit = '{"payer":"DANNON","points":10,"timestamp":"2020-10-31T10:00:00Z"}';
        await call('GET', '/balance', key);
        await call('POST', '/v1/accounts/page/transactions', write, credit);
        await call('POST', '/v1/accounts/page/transactions', write, credit);
        await call('GET', '/balance', {});
        await call('GET', '/balance', key);
        return seen.join(', ');
        """;

    [Fact]
    public async Task Only_pages_of_configured_origins_can_call_with_a_key_and_read_the_reply()
    {
        await using AttackerSite site = await AttackerSite.StartAsync();
        Uri shop = site.At("shop.example");
        await using RunningServer server = await RunningServer.StartAsync(args:
            ["--Cors:Origins", shop.GetLeftPart(UriPartial.Authority), "--RateLimits:PerKey", "3", "--RateLimits:Window", "01:00:00"]);
        string key = await server.CreateKeyAsync("page", Scopes.Read | Scopes.Add);

        Assert.Equal("TypeError, TypeError, TypeError, TypeError, TypeError", await RunAsync(server, key, site.At("evil.example")));
        Assert.Equal(
            "200, 201 Location, 201 Location Idempotency-Replayed, 401 WWW-Authenticate, 429 Retry-After", await RunAsync(server, key, shop));
    }

    private async Task<string> RunAsync(RunningServer server, string key, Uri page)
    {
        await attacked.Browser.OpenAsync(page);
        await attacked.Browser.WaitForAsync($"location.href === '{page}' && document.readyState === 'complete'");
        return await attacked.Browser.RunAsync(
            Script.Replace("ADDRESS", server.Address.GetLeftPart(UriPartial.Authority), StringComparison.Ordinal)
                .Replace("KEY", key, StringComparison.Ordinal)
                .Replace("ORIGIN", page.Host, StringComparison.Ordinal));
    }
}
