using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Pointbook.Server.Tests.Support;

/// <summary>An issuer of tokens from which a server can fetch the keys.</summary>
internal sealed class FakeAuthority : IAsyncDisposable
{
    private const string KeysPath = "/keys";
    private readonly ConcurrentQueue<string> _requests = new();
    private readonly WebApplication _app;

    private FakeAuthority(WebApplication app, Func<HttpContext, Task>? trouble)
    {
        _app = app;
        Trouble = trouble;
        app.Run(AnswerAsync);
    }

    public string Address => _app.Urls.Single();

    /// <summary>The issuer whose keys it serves.</summary>
    public Tokens Tokens { get; set; } = new();

    /// <summary>What it does instead of answering, or null.</summary>
    public Func<HttpContext, Task>? Trouble { get; set; }

    /// <summary>The paths of the requests that it received.</summary>
    public IReadOnlyList<string> Requests => [.. _requests];

    /// <summary>Arguments for a server that trusts it. They set the issuer, because its tokens do not name its address.</summary>
    public string[] Arguments => ["--Jwt:Authority", Address, "--Jwt:Audience", Tokens.Audience, "--Jwt:Issuer", Tokens.Issuer];

    /// <summary>The issuer that it claims to be.</summary>
    public string Issuer { get; set; } = Tokens.Issuer;

    public static async Task<FakeAuthority> StartAsync(Func<HttpContext, Task>? trouble = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        FakeAuthority authority = new(builder.Build(), trouble);
        await authority._app.StartAsync(TestContext.Current.CancellationToken);
        return authority;
    }

    public static Task FailAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }

    /// <summary>Accepts a request and never answers.</summary>
    public static Task HangAsync(HttpContext context) => Task.Delay(Timeout.Infinite, context.RequestAborted);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        Tokens.Dispose();
    }

    private Task AnswerAsync(HttpContext context)
    {
        _requests.Enqueue(context.Request.Path);
        if (Trouble is { } trouble)
        {
            return trouble(context);
        }

        JsonObject answer = context.Request.Path == KeysPath
            ? Tokens.KeySet
            : new JsonObject { ["issuer"] = Issuer, ["jwks_uri"] = Address + KeysPath };
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(answer.ToJsonString(), context.RequestAborted);
    }
}
