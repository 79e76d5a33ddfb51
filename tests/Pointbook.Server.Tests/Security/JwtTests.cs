using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;
using Pointbook.Access;
using Pointbook.Server.Tests.JournalFeed;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>What a valid token permits.</summary>
public sealed class JwtTests(TokenServer fixture) : IClassFixture<TokenServer>
{
    private readonly RunningServer _server = fixture.Server;
    private readonly Tokens _tokens = fixture.Tokens;

    [Theory]
    [InlineData("\"read\"", 200)]
    [InlineData("\"add read\"", 200)]
    [InlineData("\" read  openid \"", 200)]
    [InlineData("[\"read\"]", 200)]
    [InlineData("[\"profile\",\"read\",\"add\"]", 200)]
    [InlineData("[\"profile read\"]", 200)]
    [InlineData("\"add spend flush admin\"", 403)]
    [InlineData("[\"add\"]", 403)]
    [InlineData("\"READ\"", 403)]
    [InlineData("\"read:all\"", 403)]
    [InlineData("\"read,add\"", 403)]
    [InlineData("\"1\"", 403)]
    [InlineData("\"\"", 403)]
    [InlineData("[]", 403)]
    [InlineData("31", 403)]
    [InlineData("true", 403)]
    [InlineData("null", 403)]
    [InlineData("{\"read\":true}", 403)]
    [InlineData("[[\"read\"]]", 403)]
    public async Task The_scopes_are_those_of_the_claim_and_unknown_ones_are_ignored(string scope, int status)
    {
        JsonObject claims = Tokens.Claims();
        claims["scope"] = JsonNode.Parse(scope);
        Reply reply = (await fixture.GetAsync(claims)).AssertIs(status, status == 403 ? "missing_scope" : null);
        if (status == 403)
        {
            Assert.Equal("read", reply.Problem.Scope);
            Assert.Equal("Bearer realm=\"pointbook\", error=\"insufficient_scope\", scope=\"read\"", reply.Header("WWW-Authenticate"));
        }
    }

    [Fact]
    public async Task A_token_without_scopes_has_no_permission()
    {
        JsonObject claims = Tokens.Claims();
        Assert.True(claims.Remove("scope"));
        claims["scp"] = "read";
        (await fixture.GetAsync(claims)).AssertIs(403, "missing_scope");
    }

    [Fact]
    public async Task Each_scope_allows_its_own_routes()
    {
        const string credit = """{"payer":"DANNON","points":10,"timestamp":"2020-10-31T10:00:00Z"}""";
        (string Scope, HttpMethod Method, string Path, string? Body)[] uses =
        [
            ("add", HttpMethod.Post, "/addTransaction", credit),
            ("spend", HttpMethod.Post, "/spend", """{"points":1}"""),
            ("read", HttpMethod.Get, "/v1/journal/0", null),
            ("flush", HttpMethod.Get, "/flushDB", null),
            ("admin", HttpMethod.Get, "/v1/keys", null),
        ];
        foreach ((string scope, HttpMethod method, string path, string? body) in uses)
        {
            string others = string.Join(' ', ScopeNames.All.Where(name => name != scope));
            (await _server.SendAsync(_tokens.Good(others), method, path, body)).AssertIs(403, "missing_scope");
            (await _server.SendAsync(_tokens.Good(scope), method, path, body)).AssertIs(200);
        }
    }

    [Theory]
    [InlineData(SecurityAlgorithms.RsaSha256)]
    [InlineData(SecurityAlgorithms.RsaSha512)]
    [InlineData(SecurityAlgorithms.RsaSsaPssSha256)]
    [InlineData(SecurityAlgorithms.EcdsaSha256)]
    public async Task Every_supported_signature_algorithm_is_accepted(string algorithm) => (await fixture.GetAsync(
        Tokens.Sign(Tokens.Claims(), algorithm[0] == 'E' ? _tokens.Ec : _tokens.Rsa, algorithm))).AssertIs(200);

    [Theory]
    [InlineData("anna")]
    [InlineData("auth0|64f0c2")]
    [InlineData("Änna 😀")]
    [InlineData("https://issuer.example/users/1?x=\"y\"")]
    public async Task The_subject_is_recorded_as_the_actor(string subject)
    {
        string account = Guid.NewGuid().ToString("N");
        string token = _tokens.Good(subject: subject);
        (await _server.SendAsync(
            token, HttpMethod.Post, $"/v1/accounts/{account}/transactions", """{"payer":"DANNON","points":10,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(201);
        (await _server.SendAsync(token, HttpMethod.Post, $"/v1/accounts/{account}/spends", """{"points":4}""")).AssertIs(201);
        (await _server.SendAsync(token, HttpMethod.Post, $"/v1/accounts/{account}/flush", "{}")).AssertIs(200);

        string?[] actors = [.. (await ReadEntriesAsync(account)).Select(entry => entry["actor"]?.GetValue<string>())];
        Assert.True(actors.Length >= 4);
        Assert.All(actors, actor => Assert.Equal("jwt:" + subject, actor));
    }

    [Fact]
    public async Task Keys_work_together_with_tokens()
    {
        string key = await _server.CreateKeyAsync("billing", Scopes.Read | Scopes.Add, "mixed");
        string path = "/v1/accounts/mixed/transactions";
        (await _server.SendAsync(key, HttpMethod.Post, path, """{"payer":"DANNON","points":10,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(201);
        (await _server.SendAsync(_tokens.Good(), HttpMethod.Get, path)).AssertIs(200);
        (await _server.SendAsync(KeyExtensions.NewSecret().Reveal(), HttpMethod.Get, path)).AssertIs(401, "invalid_key");
        (await _server.SendAsync(key[..^1], HttpMethod.Get, path)).AssertIs(401, "invalid_key");
        Assert.Equal("billing", Assert.Single(await ReadEntriesAsync("mixed"))["actor"]!.GetValue<string>());
    }

    [Fact]
    public async Task The_subject_of_a_token_creates_keys_in_its_name()
    {
        Reply reply = (await _server.SendAsync(
            _tokens.Good("admin", "root@example"), HttpMethod.Post, "/v1/keys", """{"name":"by-token","scopes":["read"]}""")).AssertIs(201);
        Assert.Equal("jwt:root@example", JsonNode.Parse(reply.Body)!["createdBy"]!.GetValue<string>());
    }

    [Theory]
    [InlineData("exp", -5)]
    [InlineData("nbf", 20)]
    public async Task Clocks_can_differ_by_some_seconds(string claim, int seconds)
    {
        JsonObject claims = Tokens.Claims();
        claims[claim] = Tokens.Now + seconds;
        (await fixture.GetAsync(claims)).AssertIs(200);
        // The server checks the token twice if the request has a body.
        (await _server.SendAsync(
            _tokens.Sign(claims), HttpMethod.Post, "/v1/accounts/skewed/transactions", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(201);
    }

    [Theory]
    [InlineData("""{"alg":"RS256"}""")]
    [InlineData("""{"alg":"RS256","kid":"unknown"}""")]
    public async Task The_key_id_is_only_a_hint(string header) =>
        (await fixture.GetAsync(Tokens.Forge(header, Tokens.Claims().ToJsonString(), _tokens.SignBytes))).AssertIs(200);

    [Fact]
    public async Task A_token_can_have_several_audiences_and_no_expiry()
    {
        JsonObject claims = Tokens.Claims();
        claims["aud"] = new JsonArray("https://other.example", Tokens.Audience);
        claims["exp"] = 253_402_300_799;
        (await fixture.GetAsync(claims)).AssertIs(200);
        claims["exp"] = 1e15;
        (await fixture.GetAsync(claims)).AssertIs(200);
    }

    [Fact]
    public async Task The_scheme_Bearer_is_case_insensitive() => Assert.All(
        (string[])["bearer ", "BEARER ", "Bearer   "],
        prefix =>
        {
            HttpRequestMessage request = new(HttpMethod.Get, "/balance");
            request.Headers.TryAddWithoutValidation("Authorization", prefix + _tokens.Good());
            Assert.Equal(200, _server.SendAsync(request).GetAwaiter().GetResult().Status);
        });

    private async Task<JsonNode[]> ReadEntriesAsync(string account)
    {
        string body = (await _server.SendAsync(_tokens.Good("read"), HttpMethod.Get, FeedClient.Path + "?limit=1000")).AssertIs(200).Body;
        return
        [
            .. body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonNode.Parse(line)!)
                .Where(line => line["account"]?.GetValue<string>() == account),
        ];
    }
}
