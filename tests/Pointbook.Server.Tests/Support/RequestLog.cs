using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Pointbook.Server.Tests.Support;

/// <summary>Runs before the whole server, and records each request and its answer. Thread-safe.</summary>
public sealed class RequestLog : IStartupFilter
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(1);
    private readonly ConcurrentQueue<LoggedRequest> _requests = new();

    /// <summary>The requests that a browser sent, in the order in which the server finished their answers.</summary>
    public IReadOnlyList<LoggedRequest> FromBrowser => [.. _requests.Where(request => request.IsFromBrowser)];

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
    {
        app.Use(RecordAsync);
        next(app);
    };

    /// <summary>Waits until the server has answered a browser's request.</summary>
    /// <param name="line">The method and the path of the request.</param>
    public async Task<LoggedRequest> WaitForAsync(string line)
    {
        LoggedRequest? found = null;
        await Eventually.TrueAsync(
            () => Task.FromResult((found = FromBrowser.FirstOrDefault(request => request.Line == line)) is not null),
            Deadline,
            () => $"{line} arrives, only: {string.Join(", ", FromBrowser.Select(request => request.Line))}.");
        return found!;
    }

    /// <summary>Forgets all requests.</summary>
    public void Clear() => _requests.Clear();

    private async Task RecordAsync(HttpContext context, RequestDelegate next)
    {
        string line = $"{context.Request.Method} {context.Request.Path}";
        Dictionary<string, string> headers = context.Request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        await using CopyingStream body = new(context.Response.Body);
        context.Response.Body = body;
        try
        {
            await next(context);
        }
        finally
        {
            _requests.Enqueue(new LoggedRequest(
                line, headers, context.Response.StatusCode, [.. context.Response.Headers.Keys], Encoding.UTF8.GetString(body.Copy)));
        }
    }
}
