using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.JournalFeed;

/// <summary>Reads the feed and nothing else, like a client that does not trust the server.</summary>
internal static class FeedClient
{
    public const string Path = "/v1/journal/0";

    /// <summary>Reads one page.</summary>
    public static async Task<IReadOnlyList<FeedCommit>> PageAsync(this RunningServer server, string query = "")
    {
        Reply reply = (await server.GetAsync(Path + query)).AssertIs(200);
        Assert.Equal("application/x-ndjson", reply.ContentType);
        List<FeedCommit> commits = [];
        foreach (string line in reply.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Take(commits, line);
        }

        return commits;
    }

    /// <summary>Adds one line to the commits.</summary>
    public static void Take(List<FeedCommit> commits, string line)
    {
        switch (JsonNode.Parse(line)!["type"]!.GetValue<string>())
        {
            case JournalCommit.TypeName:
                commits.Add(new FeedCommit(JsonSerializer.Deserialize(line, ReplyJson.Default.JournalCommit)!));
                break;
            case JournalEntry.TypeName:
                commits[^1].Entries.Add(JsonSerializer.Deserialize(line, ReplyJson.Default.JournalEntry)!);
                break;
            case string other:
                Assert.Fail($"A line of type {other}: {line}");
                break;
        }
    }

    /// <summary>Opens a stream.</summary>
    public static async Task<HttpResponseMessage> StreamAsync(this RunningServer server, string query, string? lastEventId = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, Path + query);
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        return await server.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
    }

    /// <summary>Reads events of a stream, each with its fields. A comment is an event without a name.</summary>
    public static async IAsyncEnumerable<FeedEvent> EventsAsync(HttpResponseMessage response)
    {
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        using StreamReader reader = new(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Dictionary<string, string> fields = [];
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            if (line.Length == 0)
            {
                yield return new FeedEvent(fields.GetValueOrDefault("event"), fields.GetValueOrDefault("id"), fields.GetValueOrDefault("data"));
                fields.Clear();
            }
            else if (line[0] != ':')
            {
                string[] parts = line.Split(": ", 2);
                fields.Add(parts[0], parts[1]);
            }
        }
    }
}

/// <summary>One event of a stream.</summary>
internal sealed record FeedEvent(string? Event, string? Id, string? Data);

/// <summary>A commit as the feed describes it.</summary>
internal sealed record FeedCommit(JournalCommit Head)
{
    public List<JournalEntry> Entries { get; } = [];
}
