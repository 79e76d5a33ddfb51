using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Pointbook.Server.Hosting;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.Json;

/// <summary>Reads request bodies up to <see cref="HttpOptions.BodySizeMax"/>.</summary>
/// <remarks>A body may arrive slowly, so the server checks the caller again after the complete body.</remarks>
internal sealed class JsonBody(IOptions<HttpOptions> options, CallerWatch watch)
{
    // A chunk of one byte is six bytes long, without extensions.
    private const long ChunkedBytesPerByteMax = 6;

    private readonly HttpOptions _options = options.Value;

    /// <summary>Reads a body that must be one JSON object.</summary>
    /// <typeparam name="T">The type of the object.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="typeInfo">The strict rules for reading it.</param>
    public async ValueTask<Parsed<T>> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> typeInfo)
        where T : class
    {
        return JsonContentType.Fault(request) is ProblemReply fault ? fault : await ReadAsync(request, typeInfo, absent: null);
    }

    /// <summary>Reads a body that must be one JSON object, if there is a body.</summary>
    /// <typeparam name="T">The type of the object.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="typeInfo">The strict rules for reading it.</param>
    /// <param name="absent">The value for a request without a body.</param>
    public async ValueTask<Parsed<T>> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> typeInfo, T? absent)
        where T : class
    {
        if (absent is not null)
        {
            if (request.ContentLength == 0 || request.HttpContext.Features.Get<IHttpRequestBodyDetectionFeature>() is { CanHaveBody: false })
            {
                return absent;
            }

            if (JsonContentType.Fault(request) is ProblemReply wrongType)
            {
                return wrongType;
            }
        }

        AllowForChunks(request);
        try
        {
            PipeReader reader = request.BodyReader;
            CancellationToken end = request.HttpContext.RequestAborted;
            ReadResult result = await reader.ReadAsync(end);
            while (!result.IsCompleted && result.Buffer.Length <= _options.BodySizeMax)
            {
                reader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
                result = await reader.ReadAsync(end);
            }

            Parsed<T> parsed = result.Buffer.Length <= _options.BodySizeMax ? Parse(result.Buffer, typeInfo, absent) : TooLarge(_options);
            reader.AdvanceTo(result.Buffer.End);
            return await watch.FindFaultAsync(request.HttpContext.Caller()) is { } fault ? fault : parsed;
        }
        catch (BadHttpRequestException exception)
        {
            return ProblemMiddleware.From(exception, _options);
        }
    }

    /// <summary>The reply to a body that is longer than the limit.</summary>
    public static ProblemReply TooLarge(HttpOptions options) =>
        new(ProblemTable.BodyTooLarge, $"The body is longer than {options.BodySizeMax} bytes. Send a shorter one.");

    /// <summary>Raises Kestrel's limit, because Kestrel also counts the frames of chunks. This class counts the body itself.</summary>
    private void AllowForChunks(HttpRequest request)
    {
        if (request.ContentLength is null
            && request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
        {
            feature.MaxRequestBodySize = _options.BodySizeMax * ChunkedBytesPerByteMax;
        }
    }

    private static Parsed<T> Parse<T>(in ReadOnlySequence<byte> body, JsonTypeInfo<T> typeInfo, T? absent)
        where T : class
    {
        if (absent is not null && body.IsEmpty)
        {
            return absent;
        }

        if (body.IsSingleSegment)
        {
            return Parse(body.FirstSpan, typeInfo);
        }

        int length = (int)body.Length;
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        body.CopyTo(rented);
        Parsed<T> parsed = Parse(rented.AsSpan(0, length), typeInfo);
        ArrayPool<byte>.Shared.Return(rented);
        return parsed;
    }

    private static Parsed<T> Parse<T>(ReadOnlySpan<byte> body, JsonTypeInfo<T> typeInfo)
        where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize(body, typeInfo) is T value)
            {
                return value;
            }
        }
        catch (JsonException)
        {
            // The second pass below describes the fault in words that the serializer does not provide.
        }

        return JsonFaults.Find(body, typeInfo);
    }
}
