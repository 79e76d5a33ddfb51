using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Pointbook.Access;
using Pointbook.Server.Security;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Tokens of an issuer from which the server fetches the keys.</summary>
public sealed class JwtAuthorityTests : IAsyncDisposable
{
    // Longer than the server needs to notice a change, because the machine may be busy.
    private static readonly TimeSpan DetectedWithin = TimeSpan.FromSeconds(30);
    private readonly CollectedLog _log = new();
    private FakeAuthority _authority = null!;
    private RunningServer _server = null!;

    public async ValueTask DisposeAsync()
    {
        // If a test cannot start them, it must fail with that cause and not here.
        await (_server?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_authority?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    public async Task Issuer_and_keys_come_from_the_authority()
    {
        await StartAsync();
        for (int round = 0; round < 3; round++)
        {
            (await GetAsync(_authority.Tokens.Good())).AssertIs(200);
        }

        Assert.Equal(["/.well-known/openid-configuration", "/keys"], _authority.Requests);
        JsonObject foreign = Tokens.Claims();
        foreign["iss"] = _authority.Address;
        Assert.StartsWith(
            "The token comes from another issuer", (await GetAsync(_authority.Tokens.Sign(foreign))).AssertIs(401, "invalid_token").Problem.Detail, StringComparison.Ordinal);
        (await _server.GetAsync("/balance")).AssertIs(401, "missing_key");

        // Once the server knows the keys, the authority may be down.
        _authority.Trouble = FakeAuthority.FailAsync;
        (await GetAsync(_authority.Tokens.Good())).AssertIs(200);
    }

    [Fact]
    public async Task An_authority_with_another_issuer_counts_as_unreachable_unless_that_issuer_is_configured()
    {
        _authority = await FakeAuthority.StartAsync();
        _server = await RunningServer.StartAsync(
            builder => builder.Logging.AddProvider(_log), "--Jwt:Authority", _authority.Address, "--Jwt:Audience", Tokens.Audience);
        JsonObject claims = Tokens.Claims();
        (await GetAsync(_authority.Tokens.Sign(claims))).AssertIs(503, "keys_unavailable");
        Assert.Contains("set Jwt:Issuer", Assert.Single(_log.Of(3033)).Rest, StringComparison.Ordinal);

        _authority.Issuer = _authority.Address + "/";
        claims["iss"] = _authority.Issuer;
        await WaitForStatusAsync(200, _authority.Tokens.Sign(claims));
        (await GetAsync(_authority.Tokens.Good())).AssertIs(401, "invalid_token");
    }

    [Fact]
    public async Task Keys_of_the_authority_that_are_too_old_are_not_trusted()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        _authority = await FakeAuthority.StartAsync();
        _server = await RunningServer.StartAsync();
        JwtOptions options = new() { Authority = _authority.Address, Issuer = Tokens.Issuer, AuthorityAgeMax = TimeSpan.FromHours(1) };
        await using Authority asked = new(options, clock, NullLogger.Instance);
        asked.Start();
        Assert.NotNull(await asked.FindAsync(TestContext.Current.CancellationToken));
        _authority.Trouble = FakeAuthority.FailAsync;
        clock.Advance(options.AuthorityAgeMax);
        Assert.NotNull(await asked.FindAsync(TestContext.Current.CancellationToken));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await asked.FindAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_configured_issuer_is_the_only_valid_one()
    {
        await StartAsync(null, null, "--Jwt:Issuer", "https://proxy.example");
        JsonObject claims = Tokens.Claims();
        (await GetAsync(_authority.Tokens.Sign(claims))).AssertIs(401, "invalid_token");
        claims["iss"] = "https://proxy.example";
        (await GetAsync(_authority.Tokens.Sign(claims))).AssertIs(200);
    }

    [Fact]
    public async Task Before_the_authority_was_reached_no_token_is_refused_as_invalid()
    {
        Stopwatch watch = Stopwatch.StartNew();
        await StartAsync(FakeAuthority.FailAsync);
        for (int round = 0; round < 20; round++)
        {
            Reply reply = (await GetAsync(_authority.Tokens.Good())).AssertIs(503, "keys_unavailable");
            Assert.Equal("1", reply.Header("Retry-After"));
            Assert.Null(reply.Header("WWW-Authenticate"));
        }

        // Clients without access can flood neither the authority with requests nor the log with lines.
        Assert.InRange(_authority.Requests.Count, 1, 2 * (2 + (int)watch.Elapsed.TotalSeconds));
        Assert.Single(await _log.WaitForAsync(3033));

        string key = await _server.CreateKeyAsync("billing", Scopes.Read);
        (await GetAsync(key)).AssertIs(200);
        (await _server.GetAsync("/health/live")).AssertIs(200);

        _authority.Trouble = null;
        await WaitForStatusAsync(200, _authority.Tokens.Good());
    }

    [Fact]
    public async Task An_authority_that_never_answers_does_not_block_requests_for_long()
    {
        await StartAsync(FakeAuthority.HangAsync);
        Stopwatch watch = Stopwatch.StartNew();
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => GetAsync(_authority.Tokens.Good())));
        Assert.All(replies, reply => reply.AssertIs(503, "keys_unavailable"));
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(60));
        Assert.InRange(_authority.Requests.Count, 1, 2 + (int)(watch.Elapsed.TotalSeconds / 10));
    }

    [Fact]
    public async Task A_caller_that_disconnects_does_not_cancel_the_request_of_others_to_the_authority()
    {
        TaskCompletionSource go = new();
        await StartAsync(async context =>
        {
            await go.Task;
            _authority.Trouble = null;
            context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            context.Response.Headers.Location = context.Request.Path.Value;
        });
        using CancellationTokenSource gone = new();
        HttpRequestMessage request = new(HttpMethod.Get, "/balance");
        request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + _authority.Tokens.Good());
        Stopwatch watch = Stopwatch.StartNew();
        Task<HttpResponseMessage> first = _server.Client.SendAsync(request, gone.Token);
        Task<Reply> second = GetAsync(_authority.Tokens.Good());
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        go.SetResult();
        Reply reply = await second;
        // The server waits for the authority's answer for at most five seconds, even if the machine was too busy to send it.
        if (watch.Elapsed > TimeSpan.FromSeconds(4) && reply.Status != 200)
        {
            reply.AssertIs(503, "keys_unavailable");
        }
        else
        {
            reply.AssertIs(200);
        }
    }

    [Fact]
    public async Task A_changed_key_of_the_authority_is_detected_even_under_invalid_requests()
    {
        FakeTimeProvider clock = new(TimeProvider.System.GetUtcNow());
        await StartAsync(null, clock);
        using Tokens first = _authority.Tokens;
        using Tokens strangers = new("stranger");
        (await GetAsync(first.Good())).AssertIs(200);
        for (int round = 0; round < 10; round++)
        {
            (await GetAsync(strangers.Good())).AssertIs(401, "invalid_token");
        }

        Assert.Equal(2, _authority.Requests.Count);
        _authority.Tokens = new Tokens("next");
        (await GetAsync(_authority.Tokens.Good())).AssertIs(401, "invalid_token");
        (await GetAsync(first.Good())).AssertIs(200);

        // The server accepts the first token with the new key. From then on it refuses tokens with the old key.
        clock.Advance(Authority.NewKeyInterval);
        (await GetAsync(_authority.Tokens.Good())).AssertIs(200);
        (await GetAsync(first.Good())).AssertIs(401, "invalid_token");
        Assert.Equal(4, _authority.Requests.Count);
    }

    [Fact]
    public async Task A_withdrawn_key_of_the_authority_is_not_trusted_longer_than_configured()
    {
        await StartAsync();
        FakeTimeProvider clock = new();
        JwtOptions options = new() { Authority = _authority.Address, Issuer = Tokens.Issuer };
        await using Authority asked = new(options, clock, NullLogger.Instance);
        asked.Start();
        OpenIdConnectConfiguration known = (await asked.FindAsync(TestContext.Current.CancellationToken))!;
        Assert.Contains(known.SigningKeys, key => key.KeyId == "test-rsa");

        using Tokens first = _authority.Tokens;
        _authority.Tokens = new Tokens("next");
        await Eventually.TrueAsync(async () =>
        {
            clock.Advance(options.RefreshInterval);
            try
            {
                // A request to the authority takes real time. The server would abandon it if the clock advanced meanwhile.
                await Eventually.TrueAsync(async () => await IsReplacedAsync(), TimeSpan.FromSeconds(2), () => "The next keys are known.");
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        });

        known = (await asked.FindAsync(TestContext.Current.CancellationToken))!;
        Assert.DoesNotContain(known.SigningKeys, key => key.KeyId == "test-rsa");

        async Task<bool> IsReplacedAsync() => await asked.FindAsync(TestContext.Current.CancellationToken) is { } now && now != known;
    }

    [Theory]
    [InlineData("")]
    [InlineData("<html></html>")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"issuer\":1}")]
    [InlineData("{\"issuer\":\"https://issuer.example\"}")]
    [InlineData("{\"issuer\":\"https://issuer.example\",\"jwks_uri\":\"/relative\"}")]
    [InlineData("huge")]
    public async Task An_invalid_answer_of_the_authority_counts_as_unreachable(string answer)
    {
        string text = answer == "huge" ? $$"""{"issuer":"{{new string('x', 2_000_000)}}"}""" : answer;
        await StartAsync(context => context.Response.WriteAsync(text, context.RequestAborted));
        (await GetAsync(_authority.Tokens.Good())).AssertIs(503, "keys_unavailable");
        _authority.Trouble = null;
        await WaitForStatusAsync(200, _authority.Tokens.Good());
    }

    private async Task StartAsync(Func<HttpContext, Task>? trouble = null, TimeProvider? clock = null, params string[] arguments)
    {
        _authority = await FakeAuthority.StartAsync(trouble);
        _server = await RunningServer.StartAsync(
            builder =>
            {
                builder.Logging.AddProvider(_log);
                builder.Services.AddSingleton(clock ?? TimeProvider.System);
            },
            [.. _authority.Arguments, .. arguments]);
    }

    private Task<Reply> GetAsync(string token) => _server.SendAsync(token, HttpMethod.Get, "/balance");

    private async Task WaitForStatusAsync(int status, string token)
    {
        Reply? reply = null;
        await Eventually.TrueAsync(
            async () =>
            {
                reply = await GetAsync(token);
                return reply.Status == status;
            },
            DetectedWithin,
            () => $"The status is {status} and not {reply!.Status}: {reply.Body}");
    }
}
