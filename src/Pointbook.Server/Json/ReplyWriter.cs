using System.Buffers;
using System.IO.Pipelines;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pointbook.Server.Json;

/// <summary>Writes a reply's body in one piece of known length.</summary>
internal static class ReplyWriter
{
    private const int KeptCapacityMax = 64 * 1024;

    /// <summary>The options for writing all replies.</summary>
    /// <remarks>Text stays readable: the writer escapes only what JSON requires. Browsers never parse the replies as HTML (nosniff).</remarks>
    public static readonly JsonWriterOptions WriterOptions = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        SkipValidation = true,
    };

    // Both are used only between two awaits. So each thread has one pair, and a request needs none.
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? _writer;

    /// <summary>Writes a value as JSON. The caller must have set the status and other headers.</summary>
    public static Task WriteAsync<T>(HttpResponse response, T value, JsonTypeInfo<T> typeInfo, string contentType)
    {
        ArrayBufferWriter<byte> buffer = _buffer ??= new ArrayBufferWriter<byte>(1024);
        Utf8JsonWriter writer = _writer ??= new Utf8JsonWriter(buffer, WriterOptions);
        buffer.ResetWrittenCount();
        writer.Reset(buffer);
        JsonSerializer.Serialize(writer, value, typeInfo);
        writer.Flush();
        Task written = WriteAsync(response, buffer.WrittenSpan, contentType);
        if (buffer.Capacity > KeptCapacityMax)
        {
            (_buffer, _writer) = (null, null);
        }

        return written;
    }

    /// <summary>Writes bytes, and copies them before it returns.</summary>
    public static Task WriteAsync(HttpResponse response, ReadOnlySpan<byte> body, string contentType)
    {
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
        ValueTask<FlushResult> flush = response.BodyWriter.FlushAsync();
        if (!flush.IsCompletedSuccessfully)
        {
            return flush.AsTask();
        }

        _ = flush.Result;
        return Task.CompletedTask;
    }
}
