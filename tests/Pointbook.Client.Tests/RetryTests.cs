using System.Net;
using Pointbook.Client.Tests.Support;
using Pointbook.Contracts;

namespace Pointbook.Client.Tests;

/// <summary>Which requests the client sends again, when it does so, and which it never sends again.</summary>
public sealed class RetryTests
{
    private const string Balance = """{"account":"alice","points":1,"held":0,"payers":[],"asOf":"2026-01-31T12:00:00Z"}""";
    private const string Flush = """{"account":"alice","entries":0,"recordedAt":"2026-01-31T12:00:00Z"}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_write_is_sent_again_with_the_same_key()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ScriptedServer.Refuse(503, RetryAdvice.Later), ScriptedServer.Refuse(500, RetryAdvice.SameKey), ScriptedServer.CutAsync, ScriptedServer.Answer(200, Flush));
        await server.AdvanceUntilDoneAsync(server.NewClient().FlushAsync("alice", cancellationToken: Cancellation));
        Assert.Equal(4, server.Requests.Count);
        Assert.NotNull(server.Requests[0].Key);
        Assert.Single(server.Requests.Select(request => request.Key).Distinct());
    }

    [Fact]
    public async Task Every_write_has_its_own_key_unless_the_caller_passes_one()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(200, Flush));
        PointbookClient client = server.NewClient();
        await client.FlushAsync("alice", cancellationToken: Cancellation);
        await client.FlushAsync("alice", cancellationToken: Cancellation);
        await client.FlushAsync("alice", idempotencyKey: """say "hi" \o/""", cancellationToken: Cancellation);
        await client.FlushAsync("alice", idempotencyKey: PointbookClient.NoKey, cancellationToken: Cancellation);
        Assert.NotEqual(server.Requests[0].Key, server.Requests[1].Key);
        Assert.Equal("\"say \\\"hi\\\" \\\\o/\"", server.Requests[2].Key);
        Assert.Null(server.Requests[3].Key);
    }

    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(429)]
    public async Task A_write_without_a_key_is_sent_once(int status)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Refuse(status, RetryAdvice.Later, "1"));
        Task<Flush> call = server.NewClient().FlushAsync("alice", idempotencyKey: PointbookClient.NoKey, cancellationToken: Cancellation);
        Assert.Equal(status, (int)(await Assert.ThrowsAsync<PointbookException>(() => server.AdvanceUntilDoneAsync(call))).Status);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task A_write_without_a_key_is_not_sent_again_when_the_connection_breaks()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.CutAsync);
        Task<Flush> call = server.NewClient().FlushAsync("alice", idempotencyKey: PointbookClient.NoKey, cancellationToken: Cancellation);
        await Assert.ThrowsAsync<HttpRequestException>(() => server.AdvanceUntilDoneAsync(call));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(400)]
    [InlineData(401)]
    [InlineData(403)]
    [InlineData(404)]
    [InlineData(409)]
    [InlineData(413)]
    [InlineData(422)]
    public async Task Client_errors_are_never_sent_again_whatever_the_advice(int status)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Refuse(status, RetryAdvice.Later, "1"));
        PointbookException refused = await Assert.ThrowsAsync<PointbookException>(
            () => server.AdvanceUntilDoneAsync(server.NewClient().ReadBalanceAsync("alice", cancellationToken: Cancellation)));
        Assert.Equal(("some_code", "Detail.", (HttpStatusCode)status), (refused.Code, refused.Message, refused.Status));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(408)]
    [InlineData(429)]
    [InlineData(503)]
    public async Task Temporary_errors_are_sent_again_if_the_problem_says_so(int status)
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ScriptedServer.Refuse(status, RetryAdvice.Later), ScriptedServer.Refuse(status, RetryAdvice.AfterCorrection));
        await Assert.ThrowsAsync<PointbookException>(
            () => server.AdvanceUntilDoneAsync(server.NewClient().ReadBalanceAsync("alice", cancellationToken: Cancellation)));
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task The_client_waits_as_long_as_Retry_After_asks()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(
            ScriptedServer.Refuse(503, RetryAdvice.Later, "7"), ScriptedServer.Answer(200, Balance));
        await server.AdvanceUntilDoneAsync(server.NewClient().ReadBalanceAsync("alice", cancellationToken: Cancellation));
        Assert.Equal(2, server.Requests.Count);
        Assert.True(server.Requests[1].At - server.Requests[0].At >= TimeSpan.FromSeconds(7));
    }

    [Fact]
    public async Task A_Retry_After_beyond_the_limit_fails_at_once()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Refuse(503, RetryAdvice.Later, "31"));
        await Assert.ThrowsAsync<PointbookException>(() => server.NewClient().ReadBalanceAsync("alice", cancellationToken: Cancellation));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task The_number_of_attempts_is_limited()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Refuse(503, RetryAdvice.Later));
        PointbookClient client = server.NewClient(options => options.AttemptsMax = 3);
        await Assert.ThrowsAsync<PointbookException>(() => server.AdvanceUntilDoneAsync(client.ReadBalanceAsync("alice", cancellationToken: Cancellation)));
        Assert.Equal(3, server.Requests.Count);

        client = server.NewClient(options => options.AttemptsMax = 1);
        await Assert.ThrowsAsync<PointbookException>(() => client.ReadBalanceAsync("alice", cancellationToken: Cancellation));
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_ends_with_a_timeout()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.HangAsync);
        PointbookClient client = server.NewClient(options => (options.AttemptTimeout, options.AttemptsMax) = (TimeSpan.FromSeconds(10), 2));
        await Assert.ThrowsAsync<TimeoutException>(() => server.AdvanceUntilDoneAsync(client.ReadBalanceAsync("alice", cancellationToken: Cancellation)));
    }

    [Fact]
    public async Task Cancelling_ends_a_call_and_a_pause_at_once()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.HangAsync, ScriptedServer.Refuse(503, RetryAdvice.Later, "20"));
        using CancellationTokenSource asked = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<Balance> hanging = server.NewClient().ReadBalanceAsync("alice", cancellationToken: asked.Token);
        await server.WaitForAsync(requests: 1);
        await asked.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);

        using CancellationTokenSource paused = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        Task<Balance> waiting = server.NewClient().ReadBalanceAsync("alice", cancellationToken: paused.Token);
        await server.WaitForAsync(requests: 2);
        await paused.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(2, server.Requests.Count);
    }

    [Fact]
    public async Task An_error_that_is_not_from_the_server_has_no_problem()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(404, "<html>", "text/html"));
        PointbookException refused = await Assert.ThrowsAsync<PointbookException>(
            () => server.NewClient().ReadBalanceAsync("alice", cancellationToken: Cancellation));
        Assert.Null(refused.Problem);
        Assert.Contains("404", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Accounts_and_ids_stay_in_their_path_segment()
    {
        await using ScriptedServer server = await ScriptedServer.StartAsync(ScriptedServer.Answer(200, Balance));
        PointbookClient client = server.NewClient();
        await client.ReadBalanceAsync("a/../b?c#d", cancellationToken: Cancellation);
        Assert.Equal("/v1/accounts/a%2F..%2Fb?c#d/balance", Uri.UnescapeDataString(server.Requests[0].Target).Replace("a/../b", "a%2F..%2Fb", StringComparison.Ordinal));
        await Assert.ThrowsAsync<ArgumentException>(() => client.ReadBalanceAsync("..", cancellationToken: Cancellation));
    }

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        using HttpClient http = new() { BaseAddress = new Uri("http://127.0.0.1:1") };
        Assert.Throws<ArgumentException>(() => new PointbookClient(http, new PointbookClientOptions { AttemptsMax = 0 }));
        using HttpClient nowhere = new();
        Assert.Throws<ArgumentException>(() => new PointbookClient(nowhere));
    }
}
