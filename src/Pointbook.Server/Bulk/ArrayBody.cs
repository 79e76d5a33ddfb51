using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Bulk;

/// <summary>A body that is an array, with the position of each item. Immutable.</summary>
/// <param name="Bytes">The body.</param>
/// <param name="Items">The positions of its items. Each item is valid JSON; its content is not checked yet.</param>
internal sealed record ArrayBody(ReadOnlyMemory<byte> Bytes, IReadOnlyList<Range> Items)
{
    // A chunk of one byte is six bytes long, without extensions.
    private const long ChunkedBytesPerByteMax = 6;
    private const string Fix = "Send a JSON array of transactions";

    // An item may be nested to any depth: the reader refuses only that item.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = int.MaxValue };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <summary>Reads the body of a request.</summary>
    public static async ValueTask<Parsed<ArrayBody>> ReadAsync(HttpContext context, BulkOptions options)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = options.BodySizeMax * ChunkedBytesPerByteMax;
        }

        if (context.Request.ContentLength > options.BodySizeMax)
        {
            return TooLarge(options);
        }

        ArrayBufferWriter<byte> body = new((int)(context.Request.ContentLength ?? 4_096) + 1);
        PipeReader reader = context.Request.BodyReader;
        ReadResult result;
        do
        {
            result = await reader.ReadAsync(context.RequestAborted);
            foreach (ReadOnlyMemory<byte> segment in result.Buffer)
            {
                body.Write(segment.Span);
            }

            reader.AdvanceTo(result.Buffer.End);
            if (body.WrittenCount > options.BodySizeMax)
            {
                return TooLarge(options);
            }
        }
        while (!result.IsCompleted);
        return Split(body.WrittenMemory, options.ItemsMax);
    }

    private static Parsed<ArrayBody> Split(ReadOnlyMemory<byte> memory, int itemsMax)
    {
        ReadOnlySpan<byte> body = memory.Span;
        if (body.IsEmpty)
        {
            return new ProblemReply(ProblemTable.EmptyBody, $"The request has no body. {Fix}.");
        }

        if (body.StartsWith(ByteOrderMark))
        {
            return new ProblemReply(ProblemTable.MalformedJson, "The body begins with a byte order mark. Send UTF-8 without one.");
        }

        List<Range> items = [];
        try
        {
            return FindItems(body, items, itemsMax) is ProblemReply problem ? problem : new ArrayBody(memory, items);
        }
        catch (JsonException exception)
        {
            return new ProblemReply(
                ProblemTable.MalformedJson,
                $"The body is not valid JSON. The error is at line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1}. {Fix} and nothing after it.");
        }
    }

    private static ProblemReply? FindItems(ReadOnlySpan<byte> body, List<Range> items, int itemsMax)
    {
        Utf8JsonReader reader = new(body, Options);
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return new ProblemReply(ProblemTable.WrongType, $"The body is {JsonMembers.Name(reader.TokenType)}. {Fix}.");
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (items.Count == itemsMax)
            {
                return new ProblemReply(
                    ProblemTable.TooManyItems,
                    $"The array has more than {itemsMax} items. Nothing was written. Send fewer items per request, or one per line as {JsonLines.MediaType}.");
            }

            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            items.Add(start..(int)reader.BytesConsumed);
        }

        // Anything after the array fails here.
        reader.Read();
        return items.Count > 0 ? null : new ProblemReply(ProblemTable.NoItems, "The array is empty. Send at least one transaction.");
    }

    private static ProblemReply TooLarge(BulkOptions options) => new(
        ProblemTable.BodyTooLarge,
        $"The body is longer than {options.BodySizeMax} bytes. Nothing was written. Send fewer items per request, or one per line as {JsonLines.MediaType}.");
}
