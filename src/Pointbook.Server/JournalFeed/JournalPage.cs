using Pointbook.Contracts;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Server.Json;

namespace Pointbook.Server.JournalFeed;

/// <summary>A reply with a part of the journal, one line per commit and per entry. It ends at the end of a commit.</summary>
internal sealed class JournalPage(IJournalFeed feed, JournalQuery query) : IResult
{
    private const int PieceSize = 32_768;

    /// <inheritdoc/>
    /// <remarks>If the store fails after the reply has started, the server aborts the connection, so that the client does not accept the page as complete.</remarks>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        using JsonLines lines = new();
        HttpResponse response = httpContext.Response;
        try
        {
            await WriteAsync(response, lines, httpContext.RequestAborted);
        }
        catch (JournalException failure) when (!response.HasStarted)
        {
            response.ContentType = null;
            await JournalLines.Unreadable(failure).ExecuteAsync(httpContext);
        }
    }

    private async Task WriteAsync(HttpResponse response, JsonLines lines, CancellationToken cancellationToken)
    {
        response.ContentType = JsonLines.MediaType;
        int entries = 0;
        await foreach (Commit commit in feed.ReadCommitsAsync(query.Partition, query.After, cancellationToken))
        {
            lines.Add(JournalLines.ToContract(commit, query.IncludesBody), ReplyJson.Default.JournalCommit);
            foreach (Entry entry in JournalLines.EntriesAfter(commit, query.After))
            {
                lines.Add(JournalLines.ToContract(commit, entry), ReplyJson.Default.JournalEntry);
                entries++;
                if (lines.Written.Length >= PieceSize)
                {
                    lines.MoveTo(response.BodyWriter);
                    await response.BodyWriter.FlushAsync(cancellationToken);
                }
            }

            if (entries >= query.Limit)
            {
                break;
            }
        }

        lines.MoveTo(response.BodyWriter);
        await response.BodyWriter.FlushAsync(cancellationToken);
    }
}
