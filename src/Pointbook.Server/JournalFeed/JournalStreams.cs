using Microsoft.Extensions.Options;
using Pointbook.Engine.Journal;
using Pointbook.Server.Hosting;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.JournalFeed;

/// <summary>The open streams. Thread-safe.</summary>
internal sealed class JournalStreams(
    IOptions<FeedOptions> options, CallerWatch watch, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger<JournalStreams> logger) : IDisposable
{
    private readonly CallerWatch _watch = watch;
    private readonly SemaphoreSlim _places = new(options.Value.StreamsMax);
    private readonly CancellationToken _stopping = lifetime.ApplicationStopping;

    /// <summary>Begins a stream, or refuses it.</summary>
    public IResult Begin(IJournalFeed feed, JournalQuery query) => _places.Wait(0)
        ? new Running(this, new JournalStream(feed, query, options.Value, clock, logger))
        : new ProblemReply(
            ProblemTable.Overloaded, $"The server already serves the maximum of {options.Value.StreamsMax} streams. Send the request again after `Retry-After` seconds, or read pages.");

    /// <inheritdoc/>
    public void Dispose() => _places.Dispose();

    private sealed class Running(JournalStreams streams, JournalStream stream) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            RequestTimeouts.Lift(httpContext);
            using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(
                httpContext.RequestAborted, streams._stopping);
            try
            {
                await streams._watch.RunAsync(httpContext, gone => stream.RunAsync(httpContext.Response, gone), end.Token);
            }
            finally
            {
                stream.Dispose();
                streams._places.Release();
            }
        }
    }
}
