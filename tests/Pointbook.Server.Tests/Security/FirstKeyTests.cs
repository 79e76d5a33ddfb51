using System.Net;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Ledger.Values;
using Pointbook.Server.Tests.Support;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Tests.Security;

/// <summary>The first key ends protected mode permanently, and allows the server to listen on other addresses.</summary>
public sealed class FirstKeyTests
{
    [Fact]
    public async Task With_a_key_the_server_listens_on_other_addresses_and_warns_about_unencrypted_keys()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-first-");
        await using (SqliteKeyStore store = SqliteKeyStore.Open(new SqliteStoreOptions { Directory = directory.FullName }))
        {
            await AddAdminAsync(store);
        }

        await using ServerProcess server = await ServerProcess.StartAsync("http://0.0.0.0:0", directory);
        await server.WaitForLineAsync("warn: pointbook[3004] http://0.0.0.0:");
        await server.WaitForLineAsync(" -H @admin.header -H ");
        using HttpClient http = new() { BaseAddress = new Uri($"http://127.0.0.1:{server.Address.Port}") };
        using HttpResponseMessage response = await http.GetAsync(new Uri("/balance", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    [Fact]
    public async Task With_a_key_host_origin_and_proxy_do_not_matter()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string key = await server.CreateKeyAsync("reader", Scopes.Read);
        foreach ((string name, string value) in ((string, string)[])
            [("Host", "points.example"), ("Origin", "https://points.example"), ("Sec-Fetch-Site", "cross-site"), ("X-Forwarded-For", "203.0.113.7"), ("Via", "1.1 proxy")])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, "/balance");
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
            (await server.SendAsync(request)).AssertIs(401, "missing_key");
            using HttpRequestMessage withKey = new(HttpMethod.Get, "/balance");
            Assert.True(withKey.Headers.TryAddWithoutValidation(name, value));
            withKey.Headers.Add("Authorization", "Bearer " + key);
            (await server.SendAsync(withKey)).AssertIs(200);
        }
    }

    [Theory]
    [InlineData("/balance")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/docs/")]
    public async Task With_a_key_an_impossible_host_is_refused(string path)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await server.CreateKeyAsync("reader", Scopes.Read);
        (int status, string text) = await RawHttp.SendAsync(server.Address, $"GET {path} HTTP/1.1\r\nHost: xn--localhost\r\nConnection: close\r\n\r\n");
        Assert.Equal(400, status);
        Assert.Contains("\"code\":\"bad_request\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoking_or_expiring_the_last_key_does_not_restore_protected_mode()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string key = await server.CreateKeyAsync("only", Scopes.All);
        Page<Key> keys = (await server.SendAsync(key, HttpMethod.Get, "/v1/keys")).AssertIs(200).As(ReplyJson.Default.PageKey);
        (await server.SendAsync(key, HttpMethod.Post, $"/v1/keys/{keys.Items[0].Id}/revocation")).AssertIs(200);
        (await server.GetAsync("/balance")).AssertIs(401, "missing_key");
        (await server.SendAsync(key, HttpMethod.Get, "/balance")).AssertIs(401, "invalid_key");
    }

    [Fact]
    public async Task A_ledger_that_had_keys_is_not_served_without_them()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-lost-");
        await using (ServerProcess first = await ServerProcess.StartAsync("http://127.0.0.1:0", directory, isOwner: false))
        {
            using HttpClient local = new() { BaseAddress = first.Address };
            using StringContent keyRequest = new("""{"name":"admin","scopes":["admin"]}""", new System.Net.Http.Headers.MediaTypeHeaderValue("application/json"));
            using HttpResponseMessage created = await local.PostAsync(new Uri("/v1/keys", UriKind.Relative), keyRequest, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        }

        directory.EnumerateFiles("pointbook.keys.db*").ToList().ForEach(file => file.Delete());
        InvalidOperationException ended = await Assert.ThrowsAsync<InvalidOperationException>(() => ServerProcess.StartAsync("http://127.0.0.1:0", directory, isOwner: false));
        Assert.Contains("This ledger was secured, but now has neither API keys nor a token issuer", ended.Message, StringComparison.Ordinal);
        Assert.Contains($"--store 'sqlite:{directory.FullName}'.", ended.Message, StringComparison.Ordinal);
        // The refused start creates no key file, so that the operator can restore the lost one.
        Assert.Empty(directory.EnumerateFiles("pointbook.keys.db*"));

        await using (SqliteKeyStore store = SqliteKeyStore.Open(new SqliteStoreOptions { Directory = directory.FullName }))
        {
            await AddAdminAsync(store);
        }

        await using ServerProcess again = await ServerProcess.StartAsync("http://127.0.0.1:0", directory);
        await again.WaitForLineAsync("-H @admin.header");
    }

    [Fact]
    public async Task A_ledger_secured_only_by_tokens_is_not_served_without_tokens_or_a_key()
    {
        using Tokens tokens = new();
        DirectoryInfo directory = Directory.CreateTempSubdirectory("pointbook-tokens-");
        (string, string)[] environment =
            [("Jwt__KeySetFile", tokens.KeySetFile), ("Jwt__Issuer", Tokens.Issuer), ("Jwt__Audience", Tokens.Audience)];
        await using (ServerProcess first = await ServerProcess.StartAsync("http://127.0.0.1:0", directory, isOwner: false, environment))
        {
            await first.WaitForLineAsync("-H @admin.header");
        }

        InvalidOperationException ended = await Assert.ThrowsAsync<InvalidOperationException>(
            () => ServerProcess.StartAsync("http://127.0.0.1:0", directory, isOwner: false, environment[1..1]));
        Assert.Contains("set Jwt:Authority or Jwt:KeySetFile as before if clients used tokens, ", ended.Message, StringComparison.Ordinal);
        Assert.Contains("or create a new key with pointbook keys create ", ended.Message, StringComparison.Ordinal);

        await using (ServerProcess again = await ServerProcess.StartAsync("http://127.0.0.1:0", directory, isOwner: false, environment))
        {
            await again.WaitForLineAsync("-H @admin.header");
        }

        await using (SqliteKeyStore store = SqliteKeyStore.Open(new SqliteStoreOptions { Directory = directory.FullName }))
        {
            await AddAdminAsync(store);
        }

        await using ServerProcess keyed = await ServerProcess.StartAsync("http://127.0.0.1:0", directory);
        await keyed.WaitForLineAsync("-H @admin.header");
    }

    private static async Task AddAdminAsync(SqliteKeyStore store)
    {
        KeySecret secret = KeyExtensions.NewSecret();
        ApiKey key = new(secret.Id, KeyName.FromTrusted("admin"), secret.Hash, Scopes.Admin, AccountLimits.None, Instant.FromUnixMicroseconds(0), null);
        Assert.Equal(KeyAddition.Added, await store.AddAsync(key, 1, TestContext.Current.CancellationToken));
    }
}
