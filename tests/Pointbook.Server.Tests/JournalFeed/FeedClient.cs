using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Pointbook.Contracts;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.JournalFeed;

/// <summary>Reads the feed and nothing else, as somebody does who does not trust the server.</summary>
internal static class FeedClient
{
    public const string Path = "/v1/journal/0";

    public static Digest ToDigest(string hexadecimal) => new(Convert.FromHexString(hexadecimal));

    /// <summary>Reads one page.</summary>
    public static async Task<IReadOnlyList<FeedCommit>> PageAsync(this RunningServer server, string query = "")
    {
        Reply reply = (await server.GetAsync(Path + query)).MustBe(200);
        Assert.Equal("application/x-ndjson", reply.ContentType);
        List<FeedCommit> commits = [];
        foreach (string line in reply.Body.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            Take(commits, line);
        }

        return commits;
    }

    /// <summary>Takes one line in.</summary>
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

    /// <summary>Reads events of a stream, each with its fields; comments are of no name.</summary>
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

/// <summary>A commit as the feed tells it.</summary>
internal sealed record FeedCommit(JournalCommit Head)
{
    public List<JournalEntry> Entries { get; } = [];

    /// <summary>The commit of what was told, to be sealed again.</summary>
    public Commit ToCommit() => Commit.FromStored(
        new CommitHeader(
            Head.CommitId,
            Head.Partition,
            Head.Format,
            new Sequence(Head.FirstSequence),
            new Sequence(Head.LastSequence),
            new CommitTime(Instant.FromDateTimeOffset(Head.DecidedAt), Instant.FromDateTimeOffset(Head.RecordedAt)),
            FeedClient.ToDigest(Head.PreviousSeal),
            FeedClient.ToDigest(Head.Seal)),
        new CommitBodyWriter().Encode([.. Entries.Select(ToEntry)]));

    private static Entry ToEntry(JournalEntry entry) => new()
    {
        Sequence = new Sequence(entry.Sequence),
        Kind = Enum.Parse<EntryKind>(CultureInfo.InvariantCulture.TextInfo.ToTitleCase(entry.Kind)),
        Account = AccountId.FromTrusted(entry.Account),
        Payer = entry.Payer is null ? null : PayerName.FromTrusted(entry.Payer),
        Points = new Points(entry.Points),
        LotPoints = new Points(entry.LotPoints),
        OccurredAt = entry.Timestamp is { } timestamp ? Instant.FromDateTimeOffset(timestamp) : null,
        Lot = entry.Lot is { } lot ? new Sequence(lot) : null,
        ExpiresAt = entry.ExpiresAt is { } expiresAt ? Instant.FromDateTimeOffset(expiresAt) : null,
        Operation = new Sequence(entry.Operation),
        Subject = entry.Subject is { } subject ? new Sequence(subject) : null,
        Origin = new Origin
        {
            Key = entry.IdempotencyKey is null ? null : IdempotencyKey.FromTrusted(entry.IdempotencyKey),
            KeyHash = entry.KeyHash is null ? null : FeedClient.ToDigest(entry.KeyHash),
            Reference = entry.Reference,
            Reason = entry.Reason,
            Actor = entry.Actor,
        },
    };
}
