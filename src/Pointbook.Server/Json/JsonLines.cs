using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Pointbook.Server.Json;

/// <summary>Gathers lines of JSON. Not thread-safe.</summary>
internal sealed class JsonLines : IDisposable
{
    /// <summary>The media type of such lines.</summary>
    public const string MediaType = "application/x-ndjson";

    private const int FirstCapacity = 4 * 1024;
    private const int KeptCapacityMax = 128 * 1024;

    private readonly Utf8JsonWriter _writer;
    private ArrayBufferWriter<byte> _buffer = new(FirstCapacity);

    public JsonLines() => _writer = new Utf8JsonWriter(_buffer, ReplyWriter.WriterOptions);

    /// <summary>What was gathered since it was last taken.</summary>
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

    /// <summary>Adds text as it is.</summary>
    public void AddText(ReadOnlySpan<byte> utf8) => _buffer.Write(utf8);

    /// <summary>Hands everything over and begins anew.</summary>
    public void MoveTo(IBufferWriter<byte> destination)
    {
        destination.Write(_buffer.WrittenSpan);
        if (_buffer.Capacity > KeptCapacityMax)
        {
            // A stream lasts, and does not keep the room that the body of one large commit took.
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
