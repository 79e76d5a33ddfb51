using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Pointbook.Server.Hosting;
using Pointbook.Server.Problems;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>While the server stops, a closed object is not a failure. At any other time it is a failure.</summary>
public sealed class ShutdownProblemTests : IDisposable
{
    private const int RequestFailed = 3010;

    private readonly CollectedLog _log = new();
    private readonly Lifetime _lifetime = new();

    public void Dispose() => _lifetime.Dispose();

    [Fact]
    public async Task A_closed_store_while_the_server_stops_is_refused_and_not_logged()
    {
        _lifetime.StopApplication();
        (int status, string body) = await HandleAsync(new ObjectDisposedException("store"));
        Assert.Equal(503, status);
        Assert.Contains("\"shutting_down\"", body, StringComparison.Ordinal);
        Assert.Empty(_log.Of(RequestFailed));
    }

    [Fact]
    public async Task A_closed_store_while_the_server_runs_is_a_bug()
    {
        (int status, string body) = await HandleAsync(new ObjectDisposedException("store"));
        Assert.Equal(500, status);
        Assert.Contains("\"internal_error\"", body, StringComparison.Ordinal);
        Assert.Contains(nameof(ObjectDisposedException), Assert.Single(_log.Of(RequestFailed)).Rest, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_failures_are_logged_even_while_the_server_stops()
    {
        _lifetime.StopApplication();
        Assert.Equal(500, (await HandleAsync(new InvalidOperationException("Scripted."))).Status);
        Assert.Single(_log.Of(RequestFailed));
    }

    private async Task<(int Status, string Body)> HandleAsync(Exception failure)
    {
        using LoggerFactory loggers = new([_log]);
        ProblemMiddleware middleware = new(
            _ => Task.FromException(failure), Options.Create(new HttpOptions()), _lifetime, loggers.CreateLogger<ProblemMiddleware>());
        using MemoryStream body = new();
        DefaultHttpContext context = new() { Response = { Body = body } };
        await middleware.InvokeAsync(context);
        await context.Response.BodyWriter.FlushAsync(TestContext.Current.CancellationToken);
        return (context.Response.StatusCode, System.Text.Encoding.UTF8.GetString(body.ToArray()));
    }

    private sealed class Lifetime : IHostApplicationLifetime, IDisposable
    {
        private readonly CancellationTokenSource _stopping = new();

        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => _stopping.Token;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication() => _stopping.Cancel();

        public void Dispose() => _stopping.Dispose();
    }
}
