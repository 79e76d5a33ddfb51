using System.Text.Json;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Bulk;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.JournalFeed;

/// <summary>A server whose journal has entries of many kinds, for tests that do not write.</summary>
public sealed class FeedServer : IAsyncLifetime
{
    internal RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Server = await RunningServer.StartAsync();
        await FillAsync(Server);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    /// <summary>Writes commits of one entry and of several entries, with every kind of content that an entry can have.</summary>
    internal static async Task FillAsync(RunningServer server)
    {
        for (int round = 0; round < 3; round++)
        {
            await server.ImportAsync(
                BulkServer.Keyed("alice", "DANNON", 300, $"d{round}"),
                BulkServer.Item("alice", "UNILEVER \u00C4\U0001F600\\u2028\\\"", 200, "\"reference\":\"order 4711\",\"reason\":\"a \\\"reason\\\"\""),
                BulkServer.Item("bob", "MILLER COORS", 10_000),
                BulkServer.Item("alice", "DANNON", -100));
            (await server.PostAsync("/v1/accounts/alice/spends", """{"points":350}""", ("Idempotency-Key", $"s{round}"))).AssertIs(201);
            (await server.PostAsync("/v1/accounts/bob/spends", """{"points":1}""")).AssertIs(201);
        }

        (await server.PostAsync("/addTransaction", $$"""{"payer":"X","points":1,"timestamp":"0001-01-01T00:00:00Z"}""")).AssertIs(200);
        (await server.PostAsync("/flushDB", "")).AssertIs(200);
    }

    internal static async Task<JournalHeads> HeadsAsync(RunningServer server) =>
        JsonSerializer.Deserialize((await server.GetAsync("/v1/journal")).AssertIs(200).Body, ReplyJson.Default.JournalHeads)!;
}
