using Microsoft.AspNetCore.Http;
using Pointbook.Client.Tests.Support;
using Pointbook.Contracts;

namespace Pointbook.Client.Tests;

/// <summary>The client continues the feed wherever it was interrupted, and returns every entry once.</summary>
public sealed class FeedTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_broken_feed_continues_after_the_last_entry()
    {
        // A cut connection may lose what the server has just sent, so the client must receive the first entry before the cut.
        TaskCompletionSource hasFirst = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            async context =>
            {
                await Events(Commit(1, 2), Entry(1))(context);
                await hasFirst.Task.WaitAsync(context.RequestAborted);
                context.Abort();
            },
            ScriptedServer.Refuse(503, RetryAdvice.Later, "1"),
            Events(Commit(1, 2), Entry(2), Commit(3, 3), Entry(3)),
            Events(Commit(4, 4), Entry(4)));
        List<string> seen = await server.AdvanceUntilDoneAsync(TakeAsync(server.NewClient(), count: 7, hasFirst));
        Assert.Equal(["commit 1-2", "entry 1", "entry 2", "commit 3-3", "entry 3", "commit 4-4", "entry 4"], seen);
        Assert.Equal(
            ["/v1/journal/0?after=0", "/v1/journal/0?after=1", "/v1/journal/0?after=1", "/v1/journal/0?after=3"],
            server.Requests.Take(4).Select(request => request.Target));
    }

    [Fact]
    public async Task A_silent_feed_is_reconnected()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            async context =>
            {
                await Events(Commit(1, 1), Entry(1))(context);
                await context.Response.Body.FlushAsync();
                await ScriptedServer.HangAsync(context);
            },
            Events(Commit(2, 2), Entry(2)));
        Assert.Equal(["commit 1-1", "entry 1", "commit 2-2", "entry 2"], await server.AdvanceUntilDoneAsync(TakeAsync(server.NewClient(), count: 4)));
        Assert.True(server.Requests[1].At - server.Requests[0].At >= new PointbookClientOptions().SilenceMax);
    }

    [Fact]
    public async Task A_refused_feed_is_not_requested_again()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Refuse(404, RetryAdvice.AfterCorrection));
        await Assert.ThrowsAsync<PointbookException>(() => server.AdvanceUntilDoneAsync(TakeAsync(server.NewClient(), count: 1)));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_import_whose_reply_ends_without_a_summary_fails()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(
            200,
            """{"line":1,"problem":{"type":"a","title":"b","status":400,"detail":"c","code":"d","retry":"later"}}""" + "\n",
            "application/x-ndjson"));
        await Assert.ThrowsAsync<HttpRequestException>(() => server.NewClient().ImportAsync(AsyncEnumerable.Empty<BulkTransaction>(), Cancellation));
    }

    private static async Task<List<string>> TakeAsync(PointbookClient client, int count, TaskCompletionSource? hasEntry = null)
    {
        List<string> seen = [];
        await foreach (JournalItem item in client.FollowJournalAsync(0, cancellationToken: Cancellation).Take(count))
        {
            seen.Add(item.Commit is { } commit ? $"commit {commit.FirstSequence}-{commit.LastSequence}" : $"entry {item.Entry!.Sequence}");
            if (item.Entry is not null)
            {
                hasEntry?.TrySetResult();
            }
        }

        return seen;
    }

    private static Func<HttpContext, Task> Events(params string[] events) => async context =>
    {
        context.Response.ContentType = "text/event-stream";
        await context.Response.WriteAsync(":\n\n" + string.Concat(events));
        await context.Response.Body.FlushAsync();
    };

    private static string Commit(long first, long last) =>
        $$"""
        event: commit
        data: {"type":"commit","partition":0,"firstSequence":{{first}},"lastSequence":{{last}},"commitId":"6f9619ff-8b86-4d01-b42d-00c04fc964ff","format":1,"recordedAt":"2026-01-31T12:00:00Z","previousSeal":"00","seal":"01"}


        """.ReplaceLineEndings("\n");

    private static string Entry(long sequence) =>
        $$"""
        id: {{sequence}}
        event: entry
        data: {"type":"entry","partition":0,"sequence":{{sequence}},"kind":"credit","account":"alice","payer":"DANNON","points":1,"lotPoints":1,"operation":{{sequence}},"recordedAt":"2026-01-31T12:00:00Z"}


        """.ReplaceLineEndings("\n");
}
