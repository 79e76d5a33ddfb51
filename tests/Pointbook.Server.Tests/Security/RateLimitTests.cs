using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.RateLimits;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

public sealed class RateLimitTests : IDisposable
{
    private const string Credit = """{"payer":"DANNON","points":10,"timestamp":"2020-10-31T10:00:00Z"}""";
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());
    private readonly CollectedLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task There_is_no_limit_unless_one_is_configured()
    {
        await using RunningServer server = await StartAsync();
        string key = await server.CreateKeyAsync("billing", Scopes.Read);
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => server.SendAsync(key, HttpMethod.Get, "/balance")));
        Assert.All(replies, reply => Assert.Equal(200, reply.Status));
    }

    [Fact]
    public async Task Each_key_has_its_own_limit()
    {
        await using RunningServer server = await StartAsync("--RateLimits:PerKey", "3", "--RateLimits:Window", "01:00:00");
        string first = await server.CreateKeyAsync("first", Scopes.All);
        string second = await server.CreateKeyAsync("second", Scopes.Read);
        (await server.SendAsync(first, HttpMethod.Post, "/addTransaction", Credit)).AssertIs(200);
        (await server.SendAsync(first, HttpMethod.Get, "/v1/journal")).AssertIs(200);
        (await server.SendAsync(first, HttpMethod.Get, "/nothing")).AssertIs(404);

        Reply reply = (await server.SendAsync(first, HttpMethod.Post, "/addTransaction", Credit)).AssertIs(429, "rate_limited");
        Assert.Equal(RetryAdvice.Later, reply.Problem.Retry);
        Assert.StartsWith("This key has reached its request limit. The request was not carried out.", reply.Problem.Detail, StringComparison.Ordinal);
        Assert.Equal("no-store", reply.Header("Cache-Control"));
        foreach (string path in (string[])["/balance", "/v1/journal", "/v1/journal/0", "/v1/keys", "/flushDB", "/nothing"])
        {
            (await server.SendAsync(first, HttpMethod.Get, path)).AssertIs(429, "rate_limited");
        }

        // The server did not carry out the refused requests, and the limit of one key does not affect another key.
        Assert.Equal("""{"DANNON":10}""", (await server.SendAsync(second, HttpMethod.Get, "/balance")).AssertIs(200).Body);
        (await server.SendAsync(second, HttpMethod.Post, "/addTransaction", Credit)).AssertIs(403, "missing_scope");
        (await server.SendAsync(second, HttpMethod.Get, "/balance")).AssertIs(200);
        (await server.SendAsync(second, HttpMethod.Get, "/balance")).AssertIs(429, "rate_limited");

        // A caller without a valid key has no key by which the server could count.
        for (int count = 0; count < 5; count++)
        {
            (await server.GetAsync("/balance")).AssertIs(401, "missing_key");
            (await server.SendAsync(KeyExtensions.NewSecret().Reveal(), HttpMethod.Get, "/balance")).AssertIs(401, "invalid_key");
            (await server.SendAsync(first, HttpMethod.Get, "/health/ready")).AssertIs(200);
        }

        LogLine line = (await _log.WaitForAsync(3030, part: "429"))[0];
        Assert.Equal("Refused with 429 rate_limited: POST /addTransaction by \"first\" at 127.0.0.1", line.Text);
    }

    [Fact]
    public async Task Each_token_subject_has_its_own_limit_whatever_the_token()
    {
        using Tokens tokens = new();
        await using RunningServer server = await StartAsync([.. tokens.Arguments, "--RateLimits:PerKey", "2", "--RateLimits:Window", "01:00:00"]);
        string key = await server.CreateKeyAsync("anna", Scopes.Read);
        for (int count = 0; count < 2; count++)
        {
            (await server.SendAsync(tokens.Good("read openid" + count, "anna"), HttpMethod.Get, "/balance")).AssertIs(200);
            (await server.SendAsync(tokens.Good("read", "berta"), HttpMethod.Get, "/balance")).AssertIs(200);
            (await server.SendAsync(key, HttpMethod.Get, "/balance")).AssertIs(200);
        }

        (await server.SendAsync(tokens.Good("read", "anna"), HttpMethod.Get, "/balance")).AssertIs(429, "rate_limited");
        (await server.SendAsync(tokens.Good("read", "berta"), HttpMethod.Get, "/balance")).AssertIs(429, "rate_limited");
        (await server.SendAsync(key, HttpMethod.Get, "/balance")).AssertIs(429, "rate_limited");
    }

    [Fact]
    public async Task Each_address_has_its_own_limit_with_or_without_credentials()
    {
        await using RunningServer server = await StartAsync("--RateLimits:PerAddress", "7", "--RateLimits:Window", "01:00:00");
        string key = await server.CreateKeyAsync("billing", Scopes.Read);
        using HttpClient first = server.ClientFrom("127.0.0.1");
        using HttpClient second = server.ClientFrom("127.0.0.2");
        (string Path, string? Secret, int Status)[] requests =
        [
            ("/balance", null, 401), ("/balance", "pb_nonsense", 401), ("/nothing", null, 401), ("/v1/journal/0", key, 200),
            ("/v1/keys", key, 403), ("/openapi/v1.json", null, 200), ("/docs/", null, 200),
        ];
        foreach ((string path, string? secret, int status) in requests)
        {
            Assert.Equal(200, await first.StatusAsync("/health/live"));
            Assert.Equal(status, await first.StatusAsync(path, secret));
        }

        foreach ((string path, string? secret, int status) in requests)
        {
            Assert.Equal(429, await first.StatusAsync(path, secret));
            Assert.Equal(200, await first.StatusAsync("/health/ready"));
            Assert.Equal(status, await second.StatusAsync(path, secret));
        }

        Assert.Equal(429, await second.StatusAsync("/balance", key));
        await _log.WaitForAsync(3030, part: "Refused with 429 rate_limited: GET /balance by an unknown client at 127.0.0.2");
    }

    [Fact]
    public async Task Addresses_are_limited_in_protected_mode_too()
    {
        await using RunningServer server = await StartAsync("--RateLimits:PerAddress", "2", "--RateLimits:PerKey", "1", "--RateLimits:Window", "01:00:00");
        Assert.Equal("{}", await server.BalanceAsync());
        (await server.PostAsync("/addTransaction", Credit)).AssertIs(200);
        (await server.PostAsync("/addTransaction", Credit)).AssertIs(429, "rate_limited");
        using HttpClient other = server.ClientFrom("127.0.0.3");
        Assert.Equal("""{"DANNON":10}""", await other.GetStringAsync("/balance", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("PerAddress")]
    [InlineData("PerKey")]
    public async Task After_the_time_in_the_reply_requests_are_accepted_again(string option)
    {
        await using RunningServer server = await StartAsync("--RateLimits:" + option, "2", "--RateLimits:Window", "00:10:00");
        string key = await server.CreateKeyAsync("billing", Scopes.Read);
        for (int window = 0; window < 3; window++)
        {
            await GetAsync(200, null);
            _clock.Advance(TimeSpan.FromSeconds(100.5));
            await GetAsync(200, null);
            await GetAsync(429, "500");
            _clock.Advance(TimeSpan.FromSeconds(499));
            await GetAsync(429, "1");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        async Task GetAsync(int status, string? retryAfter)
        {
            Reply reply = (await server.SendAsync(key, HttpMethod.Get, "/balance")).AssertIs(status);
            Assert.Equal(retryAfter, reply.Header("Retry-After"));
        }
    }

    [Fact]
    public async Task Concurrent_requests_are_counted_one_by_one()
    {
        await using RunningServer server = await StartAsync("--RateLimits:PerAddress", "50", "--RateLimits:Window", "01:00:00");
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => server.GetAsync("/balance")));
        Assert.Equal(50, replies.Count(reply => reply.Status == 200));
        Assert.Equal(150, replies.Count(reply => reply.Status == 429));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.2", false)]
    [InlineData("192.0.2.1", "::192.0.2.1", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2::1%3", true)]
    [InlineData("fe80::1", "fe80::2", true)]
    [InlineData("0.0.0.0", "::", false)]
    public void An_IPv4_address_is_counted_alone_and_an_IPv6_address_by_its_network(string left, string right, bool areOne) =>
        Assert.Equal(areOne, RateLimitSetup.NetworkOf(IPAddress.Parse(left)) == RateLimitSetup.NetworkOf(IPAddress.Parse(right)));

    [Fact]
    public void Sockets_without_an_address_share_one_counter() => Assert.Equal(UInt128.Zero, RateLimitSetup.NetworkOf(null));

    [Theory]
    [InlineData("PerKey", "0", "RateLimits:PerKey must be between 1 and 10000000, but is 0. Remove it for no limit.")]
    [InlineData("PerKey", "10000001", "RateLimits:PerKey must be between 1 and 10000000, but is 10000001. Remove it for no limit.")]
    [InlineData("PerAddress", "-1", "RateLimits:PerAddress must be between 1 and 10000000, but is -1. Remove it for no limit.")]
    [InlineData("Window", "00:00:00", "RateLimits:Window must be between 00:00:00.1000000 and 01:00:00, but is 00:00:00.")]
    [InlineData("CountersMax", "999", "RateLimits:CountersMax must be between 1000 and 1000000, but is 999.")]
    [InlineData("CountersMax", "1000001", "RateLimits:CountersMax must be between 1000 and 1000000, but is 1000001.")]
    [InlineData("Window", "01:00:01", "RateLimits:Window must be between 00:00:00.1000000 and 01:00:00, but is 01:00:01.")]
    public async Task Invalid_limits_are_rejected_at_the_start(string option, string value, string sentence) =>
        Assert.Equal(sentence, await RefusedStart.RunAsync("--RateLimits:" + option, value));

    private Task<RunningServer> StartAsync(params string[] arguments) => RunningServer.StartAsync(
        builder =>
        {
            builder.Logging.AddProvider(_log);
            builder.Services.AddSingleton<TimeProvider>(_clock);
        },
        arguments);
}
