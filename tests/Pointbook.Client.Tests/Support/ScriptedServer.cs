using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Pointbook.Contracts;

namespace Pointbook.Client.Tests.Support;

/// <summary>A server that answers each request with the next step of a script, and the last one over and over. It has a clock that tests turn.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Seen> _requests = [];

    private ScriptedServer(Func<HttpContext, Task>[] script)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(context =>
        {
            _requests.Enqueue(new Seen(
                context.Request.Path + context.Request.QueryString, context.Request.Headers["Idempotency-Key"], Clock.GetUtcNow() - Begin));
            return script[Math.Min(_requests.Count, script.Length) - 1](context);
        });
    }

    /// <summary>When its clock begins.</summary>
    public static DateTimeOffset Begin { get; } = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public FakeTimeProvider Clock { get; } = new(Begin);

    /// <summary>The requests so far.</summary>
    public IReadOnlyList<Seen> Requests => [.. _requests];

    public static async Task<ScriptedServer> StartAsync(params Func<HttpContext, Task>[] script)
    {
        ScriptedServer server = new(script);
        await server._app.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    /// <summary>An answer in JSON.</summary>
    public static Func<HttpContext, Task> Answer(int status, string json, string? mediaType = null, string? retryAfter = null) => context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = mediaType ?? "application/json";
        context.Response.Headers.RetryAfter = retryAfter;
        return context.Response.WriteAsync(json);
    };

    /// <summary>A refusal.</summary>
    public static Func<HttpContext, Task> Refuse(int status, string retry, string? retryAfter = null) => Answer(
        status,
        JsonSerializer.Serialize(new Problem("urn:test", "Title.", status, "Detail.", "some_code", retry), ReplyJson.Default.Problem),
        "application/problem+json",
        retryAfter);

    /// <summary>No answer: the connection is cut.</summary>
    public static Task CutAsync(HttpContext context)
    {
        context.Abort();
        return Task.CompletedTask;
    }

    /// <summary>No answer until the client has gone.</summary>
    public static async Task HangAsync(HttpContext context) =>
        await Task.Delay(Timeout.InfiniteTimeSpan, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public PointbookClient NewClient(Action<PointbookClientOptions>? configure = null)
    {
        PointbookClientOptions options = new() { Clock = Clock, AttemptTimeout = TimeSpan.FromHours(1) };
        configure?.Invoke(options);
        return new PointbookClient(new HttpClient { BaseAddress = new Uri(_app.Urls.Single()) }, options);
    }

    /// <summary>Turns the clock step by step until a call ends.</summary>
    public async Task<T> TurnUntilAsync<T>(Task<T> call)
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
            "The call ends, however far the clock is turned.");
        return await call;
    }

    /// <summary>Waits until a number of requests has come.</summary>
    public Task WaitForAsync(int requests) => Eventually.TrueAsync(() => Requests.Count >= requests);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    /// <summary>A request that came.</summary>
    /// <param name="Target">Its path and query.</param>
    /// <param name="Key">Its idempotency key, or null.</param>
    /// <param name="At">How far the clock had come.</param>
    internal sealed record Seen(string Target, string? Key, TimeSpan At);
}
