using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Pointbook.Clusters;
using Pointbook.Simulation.Tests.Support;

namespace Pointbook.Simulation.Tests.Postgres;

/// <summary>Two servers on one database: if one process creates or revokes a key, both servers know it a second later.</summary>
public sealed class RevocationTests(SharedCluster shared) : IDisposable
{
    private const int Rounds = 5;
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(1);

    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Both_servers_accept_a_new_key_and_refuse_a_revoked_one_within_a_second()
    {
        string database = await (await shared.GetAsync()).CreateDatabaseAsync();
        // The command creates the first key before the first start, which sets the number of partitions.
        string admin = await KeysAsync(database, "create --name admin --scope admin,read");
        string[] options = ["--Storage:Provider", "Postgres", "--Storage:ConnectionStrings", database, "--Storage:Partitions", "2", "--Keys:AgeMax", "00:00:01"];
        await using ServerProcess one = await ServerProcess.StartAsync(_directory.File("one"), options);
        await using ServerProcess two = await ServerProcess.StartAsync(_directory.File("two"), options);
        using HttpClient http = new(new SocketsHttpHandler { UseProxy = false });
        await AssertBecomesAsync(http, two, null, HttpStatusCode.Unauthorized);
        await AssertBecomesAsync(http, two, admin, HttpStatusCode.OK);

        for (int round = 0; round < Rounds; round++)
        {
            JsonNode created = await PostAsync(http, one, admin, "/v1/keys", $$"""{"name":"reader-{{round}}","scopes":["read"]}""");
            string key = created["secret"]!.GetValue<string>();
            await AssertBecomesAsync(http, one, key, HttpStatusCode.OK);
            await AssertBecomesAsync(http, two, key, HttpStatusCode.OK);

            if (round % 2 == 0)
            {
                await PostAsync(http, one, admin, $"/v1/keys/{created["id"]}/revocation", json: null);
            }
            else
            {
                await KeysAsync(database, $"revoke reader-{round}");
            }

            await AssertBecomesAsync(http, two, key, HttpStatusCode.Unauthorized);
            await AssertBecomesAsync(http, one, key, HttpStatusCode.Unauthorized);
        }
    }

    /// <summary>Repeats a request. If the request is sent more than a second after the change, the server must give the new answer.</summary>
    private static async Task AssertBecomesAsync(HttpClient http, ServerProcess server, string? key, HttpStatusCode status)
    {
        long changed = Stopwatch.GetTimestamp();
        HttpStatusCode answered;
        do
        {
            TimeSpan since = Stopwatch.GetElapsedTime(changed);
            answered = await ReadAsync(http, server, key);
            // A server that cannot read its keys in time must say so, which is correct as well.
            Assert.True(answered == status || answered == HttpStatusCode.ServiceUnavailable || since <= Within, $"The answer was {answered} {since} after the change.");
        }
        while (answered != status);
    }

    private static async Task<HttpStatusCode> ReadAsync(HttpClient http, ServerProcess server, string? key)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(server.Address, "/balance"));
        request.Headers.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        using HttpResponseMessage response = await http.SendAsync(request, Token);
        return response.StatusCode;
    }

    private static async Task<JsonNode> PostAsync(HttpClient http, ServerProcess server, string key, string path, string? json)
    {
        string body = "";
        await Eventually.TrueAsync(async () =>
        {
            using HttpRequestMessage request = new(HttpMethod.Post, new Uri(server.Address, path));
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
            request.Content = json is null ? null : new StringContent(json, new MediaTypeHeaderValue("application/json"));
            using HttpResponseMessage response = await http.SendAsync(request, Token);
            body = await response.Content.ReadAsStringAsync(Token);
            Assert.True(response.IsSuccessStatusCode || body.Contains("keys_unavailable", StringComparison.Ordinal), body);
            return response.IsSuccessStatusCode;
        });
        return JsonNode.Parse(body)!;
    }

    private Task<string> KeysAsync(string database, string arguments) =>
        Shell.RunAsync($"dotnet exec '{Repository.ServerAssembly}' keys {arguments} --store 'postgres:{database}'", _directory.FullName);
}
