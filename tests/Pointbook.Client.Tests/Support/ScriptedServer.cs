using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pointbook.Contracts;

namespace Pointbook.Client.Tests.Support;

/// <summary>A server that answers each request with the next step of a script, and repeats the last step. Tests advance its clock.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<ReceivedRequest> _requests = [];

    private ScriptedServer(Func<HttpContext, Task>[] script)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(context =>
        {
            _requests.Enqueue(new ReceivedRequest(
                context.Request.Path + context.Request.QueryString, context.Request.Headers["Idempotency-Key"], Clock.GetUtcNow() - Start));
            return script[Math.Min(_requests.Count, script.Length) - 1](context);
        });
    }

    /// <summary>The time at which the clock starts.</summary>
    public static DateTimeOffset Start { get; } = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public FakeTimeProvider Clock { get; } = new(Start);

    /// <summary>The requests received so far.</summary>
    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public static async Task<ScriptedServer> StartAsync(params Func<HttpContext, Task>[] script)
    {
        ScriptedServer server = new(script);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>Answers with JSON.</summary>
    public static Func<HttpContext, Task> Answer(int status, string json, string? mediaType = null, string? retryAfter = null) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = mediaType ?? "application/json";
        context.Response.Headers.RetryAfter = retryAfter;
        return context.Response.WriteAsync(json);
    };

    /// <summary>Refuses the request with a problem.</summary>
    public static Func<HttpContext, Task> Refuse(int status, string retry, string? retryAfter = null) => Answer(
        status,
        JsonSerializer.Serialize(new Problem("urn:test", "Title.", status, "Detail.", "some_code", retry), ReplyJson.Default.Problem),
        "application/problem+json",
        retryAfter);

    /// <summary>Cuts the connection without an answer.</summary>
    public static Task CutAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>Sends no answer until the client disconnects.</summary>
    public static async Task HangAsync(HttpContext context) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <summary>Creates a client of this server.</summary>
    /// <param name="configure">Sets options, or null.</param>
    /// <param name="handler">Sends the requests. Null: a handler of its own.</param>
    public PointbookClient NewClient(Action<PointbookClientOptions>? configure = null, HttpMessageHandler? handler = null)
    {
        PointbookClientOptions options = new() { Clock = Clock, AttemptTimeout = TimeSpan.FromHours(1) };
        configure?.Invoke(options);
        return new PointbookClient(new HttpClient(handler ?? new SocketsHttpHandler()) { BaseAddress = new Uri(_app.Urls.Single()) }, options);
    }

    /// <summary>Advances the clock step by step until a call ends.</summary>
    public async Task<T> AdvanceUntilDoneAsync<T>(Task<T> call)
    {
        bool isFirst = true;
        await Eventually.TrueAsync(
            () =>
            {
                if (!call.IsCompleted && !isFirst)
                {
                    Clock.Advance(Step);
                }

                isFirst = false;
                return call.IsCompleted;
            },
            "The call ends while the test advances the clock.");
        return await call;
    }

    /// <summary>Waits until the server has received this many requests.</summary>
    public Task WaitForAsync(int requests) => Eventually.TrueAsync(() => Requests.Count >= requests);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>A request that the server received.</summary>
    /// <param name="Target">The path and query of the request.</param>
    /// <param name="Key">The idempotency key of the request, or null.</param>
    /// <param name="At">How far the clock had advanced since its start.</param>
    internal sealed record ReceivedRequest(string Target, string? Key, TimeSpan At);
}
