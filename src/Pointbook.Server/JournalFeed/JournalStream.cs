using System.Globalization;
using Pointbook.Contracts;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Hosting;
using Pointbook.Server.Json;

namespace Pointbook.Server.JournalFeed;

/// <summary>A stream of server-sent events that follows the journal. Not thread-safe.</summary>
/// <remarks>Only entries have an id, so that a client that returns with its last id continues with the next entry.</remarks>
internal sealed class JournalStream(IJournalFeed feed, JournalQuery query, FeedOptions options, TimeProvider clock, ILogger logger) : IDisposable
{
    /// <summary>The media type of the streams.</summary>
    public const string MediaType = "text/event-stream";

    private const int PieceSize = 32_768;
    private const int NumberLengthMax = 20;

    private readonly JsonLines _lines = new();
    private Sequence _after = query.After;
    private long _lastSent;
    private bool _isFailing;

    /// <summary>Sends existing and new commits until the stream is ended.</summary>
    /// <param name="response">The response to write to.</param>
    /// <param name="end">Ends the stream.</param>
    public async Task RunAsync(HttpResponse response, CancellationToken end)
    {
        response.ContentType = MediaType;
        try
        {
            // Sent at once, so that the client knows that it is connected.
            await SendCommentAsync(response, end);
            while (true)
            {
                await SendNewAsync(response, end);
                if (clock.GetElapsedTime(_lastSent) >= options.KeepAliveInterval)
                {
                    await SendCommentAsync(response, end);
                }

                await Task.Delay(options.PollInterval, clock, end);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The client has disconnected or lost access, or the server is stopping; then the client reconnects when the server runs again.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lines.Dispose();

    private async Task SendNewAsync(HttpResponse response, CancellationToken end)
    {
        try
        {
            await foreach (Commit commit in feed.ReadCommitsAsync(query.Partition, _after, end))
            {
                await SendAsync(response, commit, end);
            }

            _isFailing = false;
        }
        catch (JournalException failure)
        {
            // The client can resume, because what was sent ends with a commit. Until then, comments keep the stream open.
            if (!_isFailing)
            {
                LogMessages.FeedFailed(logger, failure, query.Partition);
            }

            _isFailing = true;
        }
    }

    private async Task SendAsync(HttpResponse response, Commit commit, CancellationToken end)
    {
        _lines.AddText("event: commit\ndata: "u8);
        _lines.AddValue(JournalLines.ToContract(commit, query.IncludesBody), ReplyJson.Default.JournalCommit);
        _lines.AddText("\n\n"u8);
        foreach (Entry entry in JournalLines.EntriesAfter(commit, _after))
        {
            Add(commit, entry);
            if (_lines.Written.Length >= PieceSize)
            {
                await FlushAsync(response, end);
            }
        }

        await FlushAsync(response, end);
        _after = commit.Last;
    }

    private void Add(Commit commit, Entry entry)
    {
        Span<byte> number = stackalloc byte[NumberLengthMax];
        entry.Sequence.Value.TryFormat(number, out int length, default, CultureInfo.InvariantCulture);
        _lines.AddText("id: "u8);
        _lines.AddText(number[..length]);
        _lines.AddText("\nevent: entry\ndata: "u8);
        _lines.AddValue(JournalLines.ToContract(commit, entry), ReplyJson.Default.JournalEntry);
        _lines.AddText("\n\n"u8);
    }

    private Task SendCommentAsync(HttpResponse response, CancellationToken end)
    {
        _lines.AddText(":\n\n"u8);
        return FlushAsync(response, end);
    }

    private async Task FlushAsync(HttpResponse response, CancellationToken end)
    {
        _lines.MoveTo(response.BodyWriter);
        await response.BodyWriter.FlushAsync(end);
        _lastSent = clock.GetTimestamp();
    }
}
