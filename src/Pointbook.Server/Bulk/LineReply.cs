using Pointbook.Contracts;
using Pointbook.Server.Json;

namespace Pointbook.Server.Bulk;

/// <summary>The reply to an import: refused lines as they happen, and a summary. Not thread-safe.</summary>
/// <remarks>
/// A sender may read nothing before it has sent everything, so nothing waits for it to read: what it does not take is held.
/// How many lines that can be is bounded.
/// </remarks>
internal sealed class LineReply(HttpResponse response) : IDisposable
{
    private readonly JsonLines _held = new();
    private Task _sending = Task.CompletedTask;

    /// <summary>Reports a refused line.</summary>
    public void Add(BulkRefusedLine line)
    {
        _held.Add(line, ReplyJson.Default.BulkRefusedLine);
        SendHeld();
    }

    /// <summary>Ends the reply, which waits for the sender to take it.</summary>
    public async Task EndAsync(BulkSummary summary)
    {
        await _sending;
        _held.Add(summary, ReplyJson.Default.BulkSummary);
        SendHeld();
        await _sending;
        await response.CompleteAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _held.Dispose();

    private void SendHeld()
    {
        // While a piece is on its way, the next one gathers.
        if (_sending.IsCompleted)
        {
            // Set here, so that a failure before the first line can still be told as a problem.
            response.ContentType ??= JsonLines.MediaType;
            _held.MoveTo(response.BodyWriter);
            _sending = response.BodyWriter.FlushAsync().AsTask();
        }
    }
}
