using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Pointbook.Engine.Journal;

/// <summary>Writes values so that different values always give different bytes. Not thread-safe.</summary>
/// <remarks>
/// A number has 8 bytes, big-endian, in two's complement. A text is its UTF-8 length in 4 bytes, then its UTF-8 bytes.
/// An optional value is one byte, 0 or 1. After 1, the value follows.
/// </remarks>
internal sealed class CanonicalWriter
{
    private readonly ArrayBufferWriter<byte> _buffer = new(256);

    /// <summary>The bytes written since the last reset.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    public void Reset() => _buffer.ResetWrittenCount();

    public void WriteByte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
    }

    public void WriteBytes(ReadOnlySpan<byte> value) => _buffer.Write(value);

    public void WriteInt64(long value)
    {
        BinaryPrimitives.WriteInt64BigEndian(_buffer.GetSpan(sizeof(long)), value);
        _buffer.Advance(sizeof(long));
    }

    public void WriteText(string value)
    {
        Span<byte> span = _buffer.GetSpan(sizeof(int) + Encoding.UTF8.GetMaxByteCount(value.Length));
        int length = Encoding.UTF8.GetBytes(value, span[sizeof(int)..]);
        BinaryPrimitives.WriteInt32BigEndian(span, length);
        _buffer.Advance(sizeof(int) + length);
    }

    public void WriteOptionalInt64(long? value)
    {
        WriteByte(value is null ? (byte)0 : (byte)1);
        if (value is not null)
        {
            WriteInt64(value.Value);
        }
    }

    public void WriteOptionalText(string? value)
    {
        WriteByte(value is null ? (byte)0 : (byte)1);
        if (value is not null)
        {
            WriteText(value);
        }
    }
}
