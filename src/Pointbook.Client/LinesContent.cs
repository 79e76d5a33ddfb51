using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>A request body that the client streams, with one transaction per line.</summary>
internal sealed class LinesContent : HttpContent
{
    /// <summary>The media type of the body.</summary>
    public const string MediaType = "application/x-ndjson";

    private static readonly byte[] LineEnd = [(byte)'\n'];
    private readonly IAsyncEnumerable<BulkTransaction> _transactions;

    /// <summary>Creates a body of transactions, and enumerates them only once.</summary>
    public LinesContent(IAsyncEnumerable<BulkTransaction> transactions)
    {
        _transactions = transactions;
        Headers.ContentType = new MediaTypeHeaderValue(MediaType);
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await foreach (BulkTransaction transaction in _transactions.WithCancellation(cancellationToken).ConfigureAwait(false))
        {
            // The connection buffers the lines and sends them when it has enough.
            await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(transaction, RequestJson.Default.BulkTransaction), cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(LineEnd, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
