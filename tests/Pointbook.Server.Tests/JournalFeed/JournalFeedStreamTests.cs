using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Bulk;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.JournalFeed;

public sealed class JournalFeedStreamTests
{
    private static readonly string[] ShortIntervals = ["--Feed:PollInterval", "00:00:00.005"];

    [Fact]
    public async Task A_stream_that_is_interrupted_repeatedly_under_load_has_every_entry_once()
    {
        const int Writes = 400;
        await using RunningServer server = await RunningServer.StartAsync(null, ShortIntervals);
        Task writing = WriteAsync(server, Writes);
        List<FeedCommit> commits = [];
        string? lastId = null;
        Random random = new(20201102);
        // Each write is a credit. After each tenth credit a spend takes all points: a header and draws.
        while (commits.Sum(commit => commit.Entries.Count(entry => entry.Kind is "credit")) < Writes)
        {
            lastId = await FollowAsync(server, commits, lastId, eventsMax: random.Next(1, 60), isEnough: all => all.Sum(commit => commit.Entries.Count(entry => entry.Kind is "credit")) >= Writes);
        }

        await writing;
        FeedCheck check = new();
        Assert.Equal(Enumerable.Range(1, (int)commits[^1].Entries[^1].Sequence), commits.SelectMany(commit => commit.Entries).Select(entry => (int)entry.Sequence));
        Assert.All(commits.Where(commit => commit.Entries[^1].Sequence == commit.Head.LastSequence), check.Check);
        Assert.Contains(commits, commit => commit.Entries.Count > 5);
    }

    [Fact]
    public async Task Only_entries_have_an_id_and_a_stream_continues_after_the_last_one()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, ShortIntervals);
        await FeedServer.FillAsync(server);
        IReadOnlyList<FeedCommit> all = await server.PageAsync();
        foreach (FeedCommit commit in all)
        {
            foreach (JournalEntry entry in commit.Entries.Where(entry => entry.Sequence < all[^1].Head.LastSequence))
            {
                // The id in the header takes precedence over the query.
                using HttpResponseMessage response = await server.StreamAsync("?after=1", entry.Sequence.ToString(CultureInfo.InvariantCulture));
                List<FeedEvent> events = await TakeAsync(response, 2);
                Assert.Equal(("commit", null), (events[0].Event, events[0].Id));
                Assert.Equal(("entry", (entry.Sequence + 1).ToString(CultureInfo.InvariantCulture)), (events[1].Event, events[1].Id));
                JournalEntry next = JsonSerializer.Deserialize(events[1].Data!, ReplyJson.Default.JournalEntry)!;
                Assert.Equal(all.SelectMany(one => one.Entries).Single(one => one.Sequence == entry.Sequence + 1), next);
            }
        }
    }

    [Fact]
    public async Task A_commit_with_a_large_body_arrives_complete_and_so_does_the_next_one()
    {
        const int Lots = 15_000;
        await using RunningServer server = await RunningServer.StartAsync(null, ShortIntervals);
        using HttpResponseMessage response = await server.StreamAsync("?include=body");
        await server.ImportAsync([.. Enumerable.Range(1, Lots).Select(_ => BulkServer.Item("a", "A", 1))]);
        (await server.PostAsync("/v1/accounts/a/spends", $$"""{"points":{{Lots}}}""")).AssertIs(201);
        await server.ImportAsync(BulkServer.Item("b", "B", 1));
        List<FeedCommit> commits = [];
        await TakeAsync(response, int.MaxValue, one =>
        {
            FeedClient.Take(commits, one.Data!);
            return commits[^1].Entries is [{ Account: "b" }];
        });
        FeedCheck check = new();
        Assert.All(commits, check.Check);
        Assert.InRange(commits[^2].Head.Body!.Value.Length, 100_000, int.MaxValue);
    }

    [Fact]
    public async Task A_stream_sends_keep_alives_while_idle_and_then_new_entries()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, [.. ShortIntervals, "--Feed:KeepAliveInterval", "00:00:00.010"]);
        using HttpResponseMessage response = await server.StreamAsync("");
        await using IAsyncEnumerator<FeedEvent> events = FeedClient.EventsAsync(response).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        for (int count = 0; count < 5; count++)
        {
            Assert.True(await events.MoveNextAsync());
            Assert.Null(events.Current.Data);
        }

        await server.ImportAsync(BulkServer.Item("a", "A", 1));
        while (events.Current.Event != "entry")
        {
            Assert.True(await events.MoveNextAsync());
        }

        Assert.Equal("1", events.Current.Id);
    }

    [Fact]
    public async Task A_stream_ends_when_the_server_stops()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using HttpResponseMessage response = await server.StreamAsync("");
        server.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        await foreach (FeedEvent one in FeedClient.EventsAsync(response))
        {
            Assert.Null(one.Data);
        }
    }

    [Fact]
    public async Task Streams_beyond_the_limit_are_refused_until_one_is_closed()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, [.. ShortIntervals, "--Feed:StreamsMax", "2"]);
        using HttpResponseMessage first = await server.StreamAsync("");
        HttpResponseMessage second = await server.StreamAsync("");
        Assert.Equal((200, 200), ((int)first.StatusCode, (int)second.StatusCode));
        using (HttpResponseMessage third = await server.StreamAsync(""))
        {
            Assert.Equal((503, TimeSpan.FromSeconds(1)), ((int)third.StatusCode, third.Headers.RetryAfter!.Delta));
        }

        Assert.Empty(await server.PageAsync());
        second.Dispose();
        await Eventually.TrueAsync(async () =>
        {
            using HttpResponseMessage again = await server.StreamAsync("");
            return (int)again.StatusCode == 200;
        });
    }

    [Theory]
    [InlineData("", "x", "invalid_parameter", "Last-Event-ID")]
    [InlineData("", "-1", "invalid_parameter", "Last-Event-ID")]
    [InlineData("", "1", "invalid_parameter", "Last-Event-ID")]
    [InlineData("?after=1", null, "invalid_parameter", "after")]
    [InlineData("?after=x", "0", "invalid_parameter", "after")]
    [InlineData("?include=seal", null, "invalid_parameter", "include")]
    [InlineData("?limit=5", null, "unknown_parameter", "limit")]
    public async Task A_stream_with_an_invalid_start_is_refused(string query, string? lastEventId, string code, string member)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        using HttpResponseMessage response = await server.StreamAsync(query, lastEventId);
        Problem problem = JsonSerializer.Deserialize(
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), ReplyJson.Default.Problem)!;
        Assert.Equal((400, code, member), ((int)response.StatusCode, problem.Code, problem.Member));
    }

    private static async Task WriteAsync(RunningServer server, int count)
    {
        for (int number = 0; number < count; number++)
        {
            await server.ImportAsync(BulkServer.Item("a", $"P{number % 7}", 1));
            if (number % 10 == 9)
            {
                (await server.PostAsync("/v1/accounts/a/spends", """{"points":10}""")).AssertIs(201);
            }
        }
    }

    /// <summary>Reads some events of a stream and closes the stream.</summary>
    /// <returns>The last id, as a browser would remember it.</returns>
    private static async Task<string?> FollowAsync(
        RunningServer server, List<FeedCommit> commits, string? lastId, int eventsMax, Func<List<FeedCommit>, bool> isEnough)
    {
        using HttpResponseMessage response = await server.StreamAsync("?include=body", lastId);
        foreach (FeedEvent one in await TakeAsync(response, eventsMax, one =>
        {
            if (one.Event == "commit" && commits.Count > 0
                && JsonSerializer.Deserialize(one.Data!, ReplyJson.Default.JournalCommit)!.Seal == commits[^1].Head.Seal)
            {
                // The server sends a commit's event again if the client closed the stream inside that commit.
                return false;
            }

            FeedClient.Take(commits, one.Data!);
            return isEnough(commits);
        }))
        {
            lastId = one.Id ?? lastId;
        }

        return lastId;
    }

    private static async Task<List<FeedEvent>> TakeAsync(HttpResponseMessage response, int count, Func<FeedEvent, bool>? isLast = null)
    {
        List<FeedEvent> events = [];
        await foreach (FeedEvent one in FeedClient.EventsAsync(response))
        {
            if (one.Data is null)
            {
                continue;
            }

            events.Add(one);
            if (isLast?.Invoke(one) == true || events.Count == count)
            {
                break;
            }
        }

        return events;
    }
}
