using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pointbook.Server.Json;

/// <summary>Collects lines of JSON. Not thread-safe.</summary>
internal sealed class JsonLines : IDisposable
{
    /// <summary>The media type of the lines.</summary>
    public const string MediaType = "application/x-ndjson";

    private const int FirstCapacity = 4 * 1024;
    private const int KeptCapacityMax = 128 * 1024;

    private readonly Utf8JsonWriter _writer;
    private ArrayBufferWriter<byte> _buffer = new(FirstCapacity);

    public JsonLines() => _writer = new Utf8JsonWriter(_buffer, ReplyWriter.WriterOptions);

    /// <summary>What was collected since the last <see cref="MoveTo"/>.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>Adds a value as one line.</summary>
    public void Add<T>(T value, JsonTypeInfo<T> typeInfo)
    {
        AddValue(value, typeInfo);
        AddText("\n"u8);
    }

    /// <summary>Adds a value without the end of a line.</summary>
    public void AddValue<T>(T value, JsonTypeInfo<T> typeInfo)
    {
        _writer.Reset(_buffer);
        JsonSerializer.Serialize(_writer, value, typeInfo);
        _writer.Flush();
    }

    /// <summary>Adds text unchanged.</summary>
    public void AddText(ReadOnlySpan<byte> utf8) => _buffer.Write(utf8);

    /// <summary>Moves everything to the destination and starts again.</summary>
    public void MoveTo(IBufferWriter<byte> destination)
    {
        destination.Write(_buffer.WrittenSpan);
        if (_buffer.Capacity > KeptCapacityMax)
        {
            // A stream is long-lived, so it does not keep the memory that one large commit needed.
            _buffer = new ArrayBufferWriter<byte>(FirstCapacity);
        }
        else
        {
            _buffer.ResetWrittenCount();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
