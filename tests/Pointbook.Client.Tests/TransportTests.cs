using System.Net;
using System.Net.Sockets;
using Pointbook.Client.Tests.Support;
using Pointbook.Contracts;

namespace Pointbook.Client.Tests;

/// <summary>The client retries every failure of the connection, and throws the exceptions that it documents, whatever the transport throws.</summary>
public sealed class TransportTests
{
    private const string Balance = """{"account":"alice","points":1,"held":0,"payers":[],"asOf":"2026-01-31T12:00:00Z"}""";
    private const string Summary = """{"written":0,"replayed":0,"refused":0,"lines":0}""";

    private static readonly string Event =
        """
        event: commit
        data: {"type":"commit","partition":0,"firstSequence":1,"lastSequence":1,"commitId":"6f9619ff-8b86-4d01-b42d-00c04fc964ff","format":1,"recordedAt":"2026-01-31T12:00:00Z","previousSeal":"00","seal":"01"}


        """.ReplaceLineEndings("\n");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What a transport throws when a connection breaks. HttpClient wraps only some of it.</summary>
    public static TheoryData<string> Failures => ["socket", "io", "ended", "http"];

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_request_is_sent_again_after_any_failure_of_the_connection(string failure)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(200, Balance));
        using FailingHandler handler = new(() => Broken(failure), count: 3);
        Balance balance = await server.AdvanceUntilDoneAsync(server.NewClient(handler: handler).ReadBalanceAsync("alice", cancellationToken: Cancellation));
        Assert.Equal((1, 4), (balance.Points, handler.Requests));
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task The_last_failure_is_thrown_as_documented(string failure)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.CutAsync);
        using FailingHandler handler = new(() => Broken(failure), count: int.MaxValue);
        PointbookClient client = server.NewClient(handler: handler);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.AdvanceUntilDoneAsync(client.ReadBalanceAsync("alice", cancellationToken: Cancellation)));
        Assert.Equal(4, handler.Requests);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.FlushAsync("alice", idempotencyKey: PointbookClient.NoKey, cancellationToken: Cancellation));
        Assert.Equal(5, handler.Requests);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.CreateKeyAsync(new KeyRequest("till", ["read"]), Cancellation));
        Assert.Equal(6, handler.Requests);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_reply_that_breaks_off_is_requested_again(string failure)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(200, Balance));
        using BrokenBody handler = new(HttpStatusCode.OK, "application/json", Balance[..9], () => Broken(failure));
        Balance balance = await server.AdvanceUntilDoneAsync(server.NewClient(handler: handler).ReadBalanceAsync("alice", cancellationToken: Cancellation));
        Assert.Equal((1, 2), (balance.Points, handler.Requests));
    }

    [Fact]
    public async Task A_connection_that_takes_too_long_is_a_timeout()
    {
        // SocketsHttpHandler.ConnectTimeout and HttpClient.Timeout cancel with a TimeoutException inside.
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(200, Balance));
        using FailingHandler slow = new(static () => new TaskCanceledException("Scripted.", new TimeoutException()), count: 1);
        Balance balance = await server.AdvanceUntilDoneAsync(server.NewClient(handler: slow).ReadBalanceAsync("alice", cancellationToken: Cancellation));
        Assert.Equal((1, 2), (balance.Points, slow.Requests));

        using FailingHandler dead = new(static () => new TaskCanceledException("Scripted.", new TimeoutException()), count: int.MaxValue);
        PointbookClient client = server.NewClient(handler: dead);
        await Assert.ThrowsAsync<TimeoutException>(() => server.AdvanceUntilDoneAsync(client.ReadBalanceAsync("alice", cancellationToken: Cancellation)));
        await Assert.ThrowsAsync<TimeoutException>(() => client.ImportAsync(AsyncEnumerable.Empty<BulkTransaction>(), Cancellation));
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_cancelled_call_reports_no_connection_failure(string failure)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.CutAsync);
        using CancellationTokenSource caller = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        using FailingHandler handler = new(
            () =>
            {
                caller.Cancel();
                return Broken(failure);
            },
            count: int.MaxValue);
        PointbookClient client = server.NewClient(handler: handler);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.ReadBalanceAsync("alice", cancellationToken: caller.Token));
        Assert.Equal(1, handler.Requests);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_feed_reconnects_after_any_failure_of_the_connection(string failure)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(200, Event, "text/event-stream"));
        using FailingHandler refusing = new(() => Broken(failure), count: 3);
        Assert.Equal(1, await server.AdvanceUntilDoneAsync(FirstCommitAsync(server.NewClient(handler: refusing))));
        Assert.Equal(4, refusing.Requests);

        using BrokenBody breaking = new(HttpStatusCode.OK, "text/event-stream", ":\n\n", () => Broken(failure));
        Assert.Equal(1, await server.AdvanceUntilDoneAsync(FirstCommitAsync(server.NewClient(handler: breaking))));
        Assert.Equal(2, breaking.Requests);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_feed_whose_refusal_breaks_off_is_requested_again(string failure)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(200, Event, "text/event-stream"));
        using BrokenBody handler = new(HttpStatusCode.NotFound, "application/problem+json", "{", () => Broken(failure));
        Assert.Equal(1, await server.AdvanceUntilDoneAsync(FirstCommitAsync(server.NewClient(handler: handler))));
        Assert.Equal(2, handler.Requests);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_feed_that_cannot_connect_ends_as_documented(string failure)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.CutAsync);
        using FailingHandler handler = new(() => Broken(failure), count: int.MaxValue);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.AdvanceUntilDoneAsync(FirstCommitAsync(server.NewClient(handler: handler))));
        Assert.Equal(4, handler.Requests);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task An_import_that_breaks_off_is_sent_once_and_ends_as_documented(string failure)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(200, Summary, "application/x-ndjson"));
        using FailingHandler refusing = new(() => Broken(failure), count: 1);
        await Assert.ThrowsAsync<HttpRequestException>(
            () => server.NewClient(handler: refusing).ImportAsync(AsyncEnumerable.Empty<BulkTransaction>(), Cancellation));
        Assert.Equal(1, refusing.Requests);

        using BrokenBody breaking = new(HttpStatusCode.OK, "application/x-ndjson", "{\"line\":1", () => Broken(failure));
        await Assert.ThrowsAsync<HttpRequestException>(
            () => server.NewClient(handler: breaking).ImportAsync(AsyncEnumerable.Empty<BulkTransaction>(), Cancellation));
        Assert.Equal(1, breaking.Requests);

        using BrokenBody refused = new(HttpStatusCode.NotFound, "application/problem+json", "{", () => Broken(failure));
        await Assert.ThrowsAsync<HttpRequestException>(
            () => server.NewClient(handler: refused).ImportAsync(AsyncEnumerable.Empty<BulkTransaction>(), Cancellation));
        Assert.Equal(1, refused.Requests);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task A_failure_of_the_source_of_an_import_reaches_the_caller(string failure)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(200, Summary, "application/x-ndjson"));
        Exception thrown = Broken(failure);
        Assert.Same(thrown, await Record.ExceptionAsync(() => server.NewClient().ImportAsync(FailingSource(thrown), Cancellation)));
    }

    private static async IAsyncEnumerable<BulkTransaction> FailingSource(Exception failure)
    {
        yield return new BulkTransaction("alice", "DANNON", 1, ScriptedServer.Start);
        await Task.Yield();
        throw failure;
    }

    private static async Task<long> FirstCommitAsync(PointbookClient client) =>
        (await client.FollowJournalAsync(0, cancellationToken: Cancellation).FirstAsync(Cancellation)).Commit!.LastSequence;

    private static Exception Broken(string kind) => kind switch
    {
        "socket" => new SocketException((int)SocketError.ConnectionReset),
        "io" => new IOException("Scripted."),
        "ended" => new HttpIOException(HttpRequestError.ResponseEnded, "Scripted."),
        _ => new HttpRequestException("Scripted."),
    };
}
