using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
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
    private Exception? _sourceFailure;

    /// <summary>Creates a body of transactions, and enumerates them only once.</summary>
    public LinesContent(IAsyncEnumerable<BulkTransaction> transactions)
    {
        _transactions = transactions;
        Headers.ContentType = new MediaTypeHeaderValue(MediaType);
    }

    /// <summary>What the caller's enumeration threw, or null.</summary>
    public Exception? SourceFailure => Volatile.Read(ref _sourceFailure);

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        await foreach (BulkTransaction transaction in ReadSourceAsync(cancellationToken).ConfigureAwait(false))
        {
            // The connection buffers the lines and sends them when it has enough.
            await stream.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(transaction, RequestJson.Default.BulkTransaction), cancellationToken).ConfigureAwait(false);
            await stream.WriteAsync(LineEnd, cancellationToken).ConfigureAwait(false);
        }
    }

    private async IAsyncEnumerable<BulkTransaction> ReadSourceAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using ConfiguredCancelableAsyncEnumerable<BulkTransaction>.Enumerator source =
            _transactions.WithCancellation(cancellationToken).ConfigureAwait(false).GetAsyncEnumerator();
        while (await MovesAsync(source))
        {
            yield return source.Current;
        }
    }

    private async Task<bool> MovesAsync(ConfiguredCancelableAsyncEnumerable<BulkTransaction>.Enumerator source)
    {
        try
        {
            return await source.MoveNextAsync();
        }
        catch (Exception failure)
        {
            Volatile.Write(ref _sourceFailure, failure);
            throw;
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
