using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Keys;

/// <summary>Keys over HTTP.</summary>
public sealed class KeyRouteTests
{
    private const string Path = "/v1/keys";

    [Fact]
    public async Task A_key_is_shown_once_and_works_at_once()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply created = await server.PostAsync(Path, """{"name":"admin","scopes":["admin","read"]}""");
        Key key = created.AssertIs(201).As(ReplyJson.Default.Key);
        Assert.Equal($"/v1/keys/{key.Id}", created.Header("Location"));
        Assert.Matches($"^pb_{key.Id}_[0-9a-f]{{64}}$", key.Secret);
        Assert.Equal(["read", "admin"], key.Scopes);
        Assert.Equal((Contracts.KeyStatus.Active, (string?)null, (DateTimeOffset?)null), (key.Status, key.CreatedBy, key.ExpiresAt));
        Assert.Null(key.Accounts);

        (await server.GetAsync("/balance")).AssertIs(401, "missing_key");
        (await server.SendAsync(key.Secret, HttpMethod.Get, "/balance")).AssertIs(200);
        Reply read = (await server.SendAsync(key.Secret, HttpMethod.Get, $"{Path}/{key.Id}")).AssertIs(200);
        Assert.Equal(key with { Secret = null, Scopes = [] }, read.As(ReplyJson.Default.Key) with { Scopes = [] });
        Reply list = (await server.SendAsync(key.Secret, HttpMethod.Get, Path)).AssertIs(200);
        Assert.DoesNotContain(key.Secret!, read.Body + list.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", list.Body, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_key_has_the_requested_properties_and_its_creator()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string admin = await server.CreateKeyAsync("admin", Scopes.Admin);
        DateTimeOffset before = TimeProvider.System.GetUtcNow();
        Key key = (await server.SendAsync(
            admin, HttpMethod.Post, Path, """{"name":"till","scopes":["spend","read","spend"],"accounts":["shop:*","default","shop:*"],"expiresAfter":"P1M"}"""))
            .AssertIs(201).As(ReplyJson.Default.Key);
        Assert.Equal(["read", "spend"], key.Scopes);
        Assert.Equal(["shop:*", "default"], key.Accounts);
        Assert.Equal("admin", key.CreatedBy);
        Assert.InRange(key.CreatedAt, before.AddSeconds(-1), TimeProvider.System.GetUtcNow());
        Assert.Equal(key.CreatedAt.AddMonths(1), key.ExpiresAt);
        (await server.SendAsync(key.Secret, HttpMethod.Get, "/v1/accounts/shop:7/balance")).AssertIs(200);
        (await server.SendAsync(key.Secret, HttpMethod.Get, "/v1/accounts/shop/balance")).AssertIs(403, "account_not_allowed");
    }

    [Fact]
    public async Task A_revoked_key_is_refused_at_once_frees_its_name_and_stays_in_the_list()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string admin = await server.CreateKeyAsync("admin", Scopes.Admin);
        Key key = await CreateAsync(server, admin, "till");
        (await server.SendAsync(admin, HttpMethod.Post, Path, """{"name":"till","scopes":["read"]}""")).AssertIs(409, "key_name_taken");
        Key revoked = (await server.SendAsync(admin, HttpMethod.Post, $"{Path}/{key.Id}/revocation")).AssertIs(200).As(ReplyJson.Default.Key);
        Assert.Equal((Contracts.KeyStatus.Revoked, "admin"), (revoked.Status, revoked.RevokedBy));
        (await server.SendAsync(key.Secret, HttpMethod.Get, "/balance")).AssertIs(401, "invalid_key");

        Key again = (await server.SendAsync(admin, HttpMethod.Post, $"{Path}/{key.Id}/revocation")).AssertIs(200).As(ReplyJson.Default.Key);
        Assert.Equal(revoked.RevokedAt, again.RevokedAt);
        Key second = await CreateAsync(server, admin, "till");
        Page<Key> list = (await server.SendAsync(admin, HttpMethod.Get, Path)).AssertIs(200).As(ReplyJson.Default.PageKey);
        Assert.Equal([("admin", "active"), ("till", "revoked"), ("till", "active")], list.Items.Select(item => (item.Name, item.Status)));
        Assert.NotEqual(key.Id, second.Id);
    }

    [Fact]
    public async Task The_list_has_pages()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string admin = await server.CreateKeyAsync("k0", Scopes.Admin);
        for (int number = 1; number < 5; number++)
        {
            await CreateAsync(server, admin, $"k{number}");
        }

        List<string> names = [];
        string? cursor = null;
        do
        {
            Page<Key> page = (await server.SendAsync(admin, HttpMethod.Get, $"{Path}?limit=2{(cursor is null ? "" : "&cursor=" + cursor)}"))
                .AssertIs(200).As(ReplyJson.Default.PageKey);
            names.AddRange(page.Items.Select(key => key.Name));
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        Assert.Equal(["k0", "k1", "k2", "k3", "k4"], names);
        (await server.SendAsync(admin, HttpMethod.Get, $"{Path}?cursor=AAAA")).AssertIs(400, "invalid_cursor");
        (await server.SendAsync(admin, HttpMethod.Get, $"{Path}?limit=501")).AssertIs(400, "invalid_parameter");
        (await server.SendAsync(admin, HttpMethod.Get, $"{Path}?name=k1")).AssertIs(400, "unknown_parameter");
    }

    [Theory]
    [InlineData("", "empty_body", null)]
    [InlineData("{}", "missing_member", "name")]
    [InlineData("""{"name":"a"}""", "missing_member", "scopes")]
    [InlineData("""{"name":"a","scopes":[]}""", "invalid_scope", "scopes")]
    [InlineData("""{"name":"a","scopes":null}""", "wrong_type", "scopes")]
    [InlineData("""{"name":"a","scopes":"read"}""", "wrong_type", "scopes")]
    [InlineData("""{"name":"a","scopes":[null]}""", "wrong_type", "scopes")]
    [InlineData("""{"name":"a","scopes":[1]}""", "wrong_type", "scopes")]
    [InlineData("""{"name":"a","scopes":[["read"]]}""", "wrong_type", "scopes")]
    [InlineData("""{"name":"a","scopes":["Read"]}""", "invalid_scope", "scopes")]
    [InlineData("""{"name":"a","scopes":["read "]}""", "invalid_scope", "scopes")]
    [InlineData("""{"name":"a","scopes":["read,add"]}""", "invalid_scope", "scopes")]
    [InlineData("""{"name":"a","scopes":["read","all"]}""", "invalid_scope", "scopes")]
    [InlineData("""{"name":"","scopes":["read"]}""", "invalid_key_name", "name")]
    [InlineData("""{"name":"a b","scopes":["read"]}""", "invalid_key_name", "name")]
    [InlineData("""{"name":"jwt:a","scopes":["read"]}""", "invalid_key_name", "name")]
    [InlineData("""{"name":"ä","scopes":["read"]}""", "invalid_key_name", "name")]
    [InlineData("""{"name":1,"scopes":["read"]}""", "wrong_type", "name")]
    [InlineData("""{"name":"a","scopes":["read"],"accounts":["*"]}""", "invalid_account", "accounts")]
    [InlineData("""{"name":"a","scopes":["read"],"accounts":[""]}""", "invalid_account", "accounts")]
    [InlineData("""{"name":"a","scopes":["read"],"accounts":["a*b"]}""", "invalid_account", "accounts")]
    [InlineData("""{"name":"a","scopes":["read"],"accounts":["a b"]}""", "invalid_account", "accounts")]
    [InlineData("""{"name":"a","scopes":["read"],"accounts":null}""", "wrong_type", "accounts")]
    [InlineData("""{"name":"a","scopes":["read"],"accounts":"a"}""", "wrong_type", "accounts")]
    [InlineData("""{"name":"a","scopes":["read"],"accounts":[]}""", "invalid_account", "accounts")]
    [InlineData("""{"name":"a","scopes":["read"],"accounts":["a","\ud800"]}""", "malformed_json", "accounts")]
    [InlineData("""{"name":"a","scopes":["\ud800"]}""", "malformed_json", "scopes")]
    [InlineData("""{"name":"a","scopes":["admin"],"accounts":["a"]}""", "invalid_scope", "scopes")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAfter":"90"}""", "invalid_duration", "expiresAfter")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAfter":"P0D"}""", "invalid_duration", "expiresAfter")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAfter":"P-1D"}""", "invalid_duration", "expiresAfter")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAfter":"P11Y"}""", "invalid_duration", "expiresAfter")]
    [InlineData("""{"name":"a","scopes":["read"],"expiresAfter":null}""", "wrong_type", "expiresAfter")]
    [InlineData("""{"name":"a","scopes":["read"],"Name":"b"}""", "unknown_member", "Name")]
    [InlineData("""{"name":"a","scopes":["read"],"secret":"pb_1"}""", "unknown_member", "secret")]
    [InlineData("""{"name":"a","scopes":["read"],"scopes":["add"]}""", "duplicate_member", "scopes")]
    [InlineData("{\"name\":\"a\",\"scopes\":[\"read\"", "malformed_json", null)]
    public async Task An_invalid_request_for_a_key_is_refused_by_name_and_creates_nothing(string body, string code, string? member)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Problem problem = (await server.PostAsync(Path, body)).AssertIs(400, code).Problem;
        Assert.Equal(member, problem.Member);
        Assert.Contains(". ", problem.Detail, StringComparison.Ordinal);
        Assert.Equal("""{"items":[]}""", (await server.GetAsync(Path)).AssertIs(200).Body);
    }

    [Fact]
    public async Task Too_many_account_limits_are_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string accounts = string.Join(',', Enumerable.Range(0, 33).Select(number => $"\"a{number}\""));
        (await server.PostAsync(Path, $$"""{"name":"a","scopes":["read"],"accounts":[{{accounts}}]}""")).AssertIs(400, "invalid_account");
    }

    [Fact]
    public async Task A_key_is_created_only_with_the_scope_admin()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply reply = await server.PostAsync(Path, """{"name":"a","scopes":["read"]}""", ("Idempotency-Key", "k"));
        reply.AssertIs(400, "invalid_idempotency_key");
        Assert.Equal("""{"items":[]}""", (await server.GetAsync(Path)).AssertIs(200).Body);
    }

    [Fact]
    public async Task The_number_of_keys_is_limited_by_the_configuration()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Keys:CountMax", "2"]);
        string admin = await server.CreateKeyAsync("admin", Scopes.Admin);
        Key key = await CreateAsync(server, admin, "a");
        (await server.SendAsync(admin, HttpMethod.Post, Path, """{"name":"b","scopes":["read"]}""")).AssertIs(409, "too_many_keys");
        (await server.SendAsync(admin, HttpMethod.Post, $"{Path}/{key.Id}/revocation")).AssertIs(200);
        await CreateAsync(server, admin, "b");
    }

    [Theory]
    [InlineData("0")]
    [InlineData("0123456789ABCDEF")]
    [InlineData("0123456789abcdef")]
    [InlineData("0123456789abcdef0")]
    public async Task An_unknown_id_is_not_found(string id)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.GetAsync($"{Path}/{id}")).AssertIs(404, "key_not_found");
        (await server.PostNothingAsync($"{Path}/{id}/revocation")).AssertIs(404, "key_not_found");
    }

    [Fact]
    public async Task Without_keys_a_request_with_a_key_is_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.SendAsync(KeyExtensions.NewSecret().Reveal(), HttpMethod.Get, "/balance")).AssertIs(401, "invalid_key");
        (await server.GetAsync("/balance")).AssertIs(200);
    }

    [Theory]
    [InlineData("Bearer", "invalid_key")]
    [InlineData("Bearer ", "invalid_key")]
    [InlineData("Basic cGI6cGI=", "invalid_key")]
    [InlineData("{0}", "invalid_key")]
    [InlineData("Token {0}", "invalid_key")]
    [InlineData("Bearer {0}x", "invalid_key")]
    [InlineData("Bearer x{0}", "invalid_key")]
    [InlineData("Bearer {0},Bearer {0}", "invalid_key")]
    [InlineData("Bearer \"{0}\"", "invalid_key")]
    [InlineData("bearer {0}", null)]
    [InlineData("BEARER   {0}", null)]
    [InlineData("Bearer {0}  ", null)]
    public async Task The_header_is_parsed_like_bearer_credentials(string header, string? code)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string key = await server.CreateKeyAsync("k", Scopes.Read);
        using HttpRequestMessage request = new(HttpMethod.Get, "/balance");
        request.Headers.TryAddWithoutValidation("Authorization", string.Format(System.Globalization.CultureInfo.InvariantCulture, header, key));
        Reply reply = await server.SendAsync(request);
        reply.AssertIs(code is null ? 200 : 401, code);
        Assert.DoesNotContain(key, reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_accepted_only_in_the_header()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string key = await server.CreateKeyAsync("k", Scopes.All);
        foreach (string path in (string[])[$"/balance?key={key}", $"/balance?access_token={key}", $"/balance?Authorization=Bearer%20{key}"])
        {
            (await server.GetAsync(path)).AssertIs(401, "missing_key");
        }

        using HttpRequestMessage cookie = new(HttpMethod.Get, "/balance");
        cookie.Headers.TryAddWithoutValidation("Cookie", $"Authorization={key}; key={key}");
        cookie.Headers.TryAddWithoutValidation("X-Api-Key", key);
        (await server.SendAsync(cookie)).AssertIs(401, "missing_key");
    }

    [Fact]
    public async Task A_key_stops_working_at_its_expiry_and_keeps_its_name()
    {
        ShiftedClock clock = new(TimeProvider.System.GetUtcNow());
        await using RunningServer server = await RunningServer.StartAtAsync(clock);
        string admin = await server.CreateKeyAsync("admin", Scopes.Admin);
        Key key = (await server.SendAsync(admin, HttpMethod.Post, Path, """{"name":"till","scopes":["read"],"expiresAfter":"PT1H"}"""))
            .AssertIs(201).As(ReplyJson.Default.Key);
        clock.Advance(TimeSpan.FromMinutes(59));
        (await server.SendAsync(key.Secret, HttpMethod.Get, "/balance")).AssertIs(200);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Contains(
            "expired at", (await server.SendAsync(key.Secret, HttpMethod.Get, "/balance")).AssertIs(401, "expired_key").Problem.Detail, StringComparison.Ordinal);
        Assert.Equal("expired", (await server.SendAsync(admin, HttpMethod.Get, $"{Path}/{key.Id}")).AssertIs(200).As(ReplyJson.Default.Key).Status);
        (await server.SendAsync(admin, HttpMethod.Post, Path, """{"name":"till","scopes":["read"]}""")).AssertIs(409, "key_name_taken");
    }

    private static async Task<Key> CreateAsync(RunningServer server, string admin, string name) =>
        (await server.SendAsync(admin, HttpMethod.Post, Path, $$"""{"name":"{{name}}","scopes":["read"]}""")).AssertIs(201).As(ReplyJson.Default.Key);
}
