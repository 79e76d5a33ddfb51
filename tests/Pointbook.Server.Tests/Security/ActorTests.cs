using System.Text.Json.Nodes;
using Pointbook.Access;
using Pointbook.Server.Tests.Bulk;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>The server records the actor of every write: on every entry, in the feed and in replies.</summary>
public sealed class ActorTests
{
    private const string Account = "/v1/accounts/alice";
    private const string Credit = """{"payer":"A","points":100,"timestamp":"2020-10-31T10:00:00Z"}""";

    [Fact]
    public async Task Every_writing_route_records_the_key_on_every_entry()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string reader = await server.CreateKeyAsync("reader", Scopes.Read);
        int count = 0;
        async Task<Reply> WriteAsync(string path, string? body = null, string contentType = "application/json")
        {
            string name = $"writer-{++count}";
            string key = await server.CreateKeyAsync(name, Scopes.Add | Scopes.Spend | Scopes.Flush);
            long before = (await EntriesAsync(server, reader)).Count;
            Reply reply = await server.SendAsync(key, HttpMethod.Post, path, body, contentType);
            Assert.InRange(reply.Status, 200, 201);
            List<JsonNode> written = [.. (await EntriesAsync(server, reader)).Skip((int)before)];
            Assert.NotEmpty(written);
            Assert.All(written, entry => Assert.Equal(name, entry["actor"]?.GetValue<string>()));
            if (reply.ContentType == "application/json" && JsonNode.Parse(reply.Body) is JsonObject told && told.ContainsKey("actor"))
            {
                Assert.Equal(name, told["actor"]!.GetValue<string>());
            }

            return reply;
        }

        await WriteAsync("/addTransaction", Credit);
        await WriteAsync("/addTransaction", """{"payer":"A","points":-10,"timestamp":"2020-10-31T10:00:00Z"}""");
        await WriteAsync("/spend", """{"points":5}""");
        await WriteAsync("/flushDB");
        Assert.Contains("\"actor\":\"writer-5\"", (await WriteAsync(Account + "/transactions", Credit)).Body, StringComparison.Ordinal);
        string spend = (await WriteAsync(Account + "/spends", """{"points":5}""")).Spend.Id;
        await WriteAsync($"{Account}/spends/{spend}/reversal");
        string held = (await WriteAsync(Account + "/spends", """{"points":5,"hold":"PT1H"}""")).Spend.Id;
        await WriteAsync($"{Account}/spends/{held}/capture", """{"reason":"sold"}""");
        string flush = JsonNode.Parse((await WriteAsync(Account + "/flush")).Body)!["id"]!.GetValue<string>();
        await WriteAsync($"{Account}/flushes/{flush}/restore");
        await WriteAsync(BulkServer.Path, $"[{BulkServer.Item("bob", "B", 5)},{BulkServer.Keyed("bob", "B", 5, "k1")}]");
        await WriteAsync(BulkServer.Path, $"{BulkServer.Item("bob", "B", 5)}\n{BulkServer.Keyed("bob", "B", 5, "k2")}\n", "application/x-ndjson");
        Reply history = (await server.SendAsync(reader, HttpMethod.Get, Account + "/transactions")).AssertIs(200);
        Assert.Contains("\"actor\":\"writer-7\"", history.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task In_protected_mode_entries_have_no_actor()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", Credit)).AssertIs(200);
        Assert.All(await EntriesAsync(server, null), entry => Assert.Null(entry["actor"]));
    }

    [Fact]
    public async Task A_write_repeated_with_another_API_key_keeps_its_first_actor()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string first = await server.CreateKeyAsync("first", Scopes.Add | Scopes.Read);
        string second = await server.CreateKeyAsync("second", Scopes.Add | Scopes.Read);
        foreach ((string key, string? replayed) in ((string, string?)[])[(first, null), (second, "true")])
        {
            using HttpRequestMessage request = new(HttpMethod.Post, Account + "/transactions") { Content = new StringContent(Credit) };
            request.Content.Headers.ContentType = new System.Net.Http.Headers.MediaTypeHeaderValue("application/json");
            request.Headers.Add("Idempotency-Key", "order-1");
            request.Headers.Add("Authorization", "Bearer " + key);
            Reply reply = (await server.SendAsync(request)).AssertIs(201);
            Assert.Equal(("first", replayed), (reply.Transaction.Actor, reply.Header("Idempotency-Replayed")));
        }
    }

    private static async Task<List<JsonNode>> EntriesAsync(RunningServer server, string? key) =>
    [
        .. (await server.SendAsync(key, HttpMethod.Get, "/v1/journal/0?limit=1000")).AssertIs(200).Body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!).Where(line => line["type"]!.GetValue<string>() == "entry"),
    ];
}
