using Microsoft.Data.Sqlite;
using Pointbook.Access;
using Pointbook.Server.Tests.Support;
using Pointbook.Storage.Sqlite;

namespace Pointbook.Server.Tests.Security;

/// <summary>While the server cannot read the keys, it serves no caller. Only routes that are open to everyone still answer.</summary>
public sealed class KeyOutageTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task While_the_keys_cannot_be_read_no_request_is_served_and_the_process_is_live(bool isSecured)
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Health:AgeMax", "00:00:00", "--Keys:AgeMax", "00:00:01"]);
        string? key = isSecured ? await server.CreateKeyAsync("everything", Scopes.All) : null;
        (await server.SendAsync(key, HttpMethod.Get, "/balance")).AssertIs(200);

        Execute(server, "ALTER TABLE api_key_version RENAME TO hidden");
        await WaitForStatusAsync(server, key, 503);
        foreach ((HttpMethod method, string path) in (IEnumerable<(HttpMethod, string)>)
            [(HttpMethod.Get, "/balance"), (HttpMethod.Post, "/v1/accounts/default/spends"), (HttpMethod.Get, "/v1/keys"), (HttpMethod.Get, "/flushDB")])
        {
            Reply refused = (await server.SendAsync(key, method, path)).AssertIs(503, "keys_unavailable");
            Assert.Equal("1", Assert.Single(refused.Message.Headers.GetValues("Retry-After")));
        }

        Assert.Equal("Live", (await server.GetAsync("/health/live")).AssertIs(200).Body);
        (await server.GetAsync("/health/ready")).AssertIs(503, "not_ready");

        Execute(server, "ALTER TABLE hidden RENAME TO api_key_version");
        await WaitForStatusAsync(server, key, 200);
        (await server.GetAsync("/health/ready")).AssertIs(200);
    }

    [Fact]
    public async Task While_it_is_unknown_whether_keys_exist_other_sites_are_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Keys:AgeMax", "00:00:01"]);
        Execute(server, "ALTER TABLE api_key_version RENAME TO hidden");
        await WaitForStatusAsync(server, null, 503);
        foreach (string path in (string[])["/balance", "/health/live"])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            request.Headers.Add("Sec-Fetch-Site", "cross-site");
            (await server.SendAsync(request)).AssertIs(403, "protected_mode");
        }
    }

    [Fact]
    public async Task A_replaced_key_file_counts_at_once_and_without_a_file_no_request_is_served()
    {
        await using RunningServer server = await RunningServer.StartAsync(args: ["--Health:AgeMax", "00:00:00", "--Keys:AgeMax", "00:00:01"]);
        string early = await server.CreateKeyAsync("early", Scopes.All);
        string file = Path.Combine(server.DataDirectory, SqliteKeyStore.KeyFile);
        File.Copy(file, file + ".backup");
        string late = await server.CreateKeyAsync("late", Scopes.All);
        (await server.SendAsync(late, HttpMethod.Get, "/balance")).AssertIs(200);

        File.Move(file, file + ".away");
        await WaitForStatusAsync(server, early, 503);
        (await server.SendAsync(null, HttpMethod.Get, "/balance")).AssertIs(401, "missing_key");
        (await server.GetAsync("/health/ready")).AssertIs(503, "not_ready");

        File.Move(file + ".backup", file);
        await WaitForStatusAsync(server, early, 200);
        (await server.SendAsync(late, HttpMethod.Get, "/balance")).AssertIs(401, "invalid_key");
        (await server.SendAsync(null, HttpMethod.Get, "/balance")).AssertIs(401, "missing_key");
    }

    private static Task WaitForStatusAsync(RunningServer server, string? key, int status) =>
        Eventually.TrueAsync(async () => (await server.SendAsync(key, HttpMethod.Get, "/balance")).Status == status);

    private static void Execute(RunningServer server, string sql)
    {
        using SqliteConnection connection = new($"Data Source={Path.Combine(server.DataDirectory, SqliteKeyStore.KeyFile)};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
