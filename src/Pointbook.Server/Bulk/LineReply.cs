using Pointbook.Contracts;
using Pointbook.Server.Json;

namespace Pointbook.Server.Bulk;

/// <summary>The reply to an import: refused lines as they occur, and a summary. Not thread-safe.</summary>
/// <remarks>
/// A client may send everything before it reads anything, so the server never waits for it to read. The server holds what the client has not read
/// yet. The number of held lines is limited.
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

    /// <summary>Ends the reply. Waits until the client has read it.</summary>
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
        // While the server sends one piece, it collects the next.
        if (_sending.IsCompleted)
        {
            // Set here, so that the server can still report a failure before the first line as a problem.
            response.ContentType ??= JsonLines.MediaType;
            _held.MoveTo(response.BodyWriter);
            _sending = response.BodyWriter.FlushAsync().AsTask();
        }
    }
}
