using System.Text;

namespace Pointbook.Engine.Journal;

/// <summary>Collects bytes in a growing, reusable buffer. Not thread-safe.</summary>
internal sealed class ByteWriter
{
    // Enough for a busy batch. The writer releases a larger buffer, so that one large commit does not hold its memory for ever.
    private const int CapacityKept = 256 * 1024;
    private const int VarintLengthMax = 10;

    private byte[] _bytes = new byte[256];

    /// <summary>The number of bytes written since the last <see cref="Clear"/>.</summary>
    public int Length { get; private set; }

    /// <summary>The bytes written since the last <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    /// <summary>The same bytes, which a later write may move or change.</summary>
    public Memory<byte> WrittenMemory => _bytes.AsMemory(0, Length);

    /// <summary>Discards all bytes.</summary>
    public void Clear()
    {
        Length = 0;
        if (_bytes.Length > CapacityKept)
        {
            _bytes = new byte[256];
        }
    }

    /// <summary>Appends bytes that the caller fills in.</summary>
    public Span<byte> Take(int count)
    {
        Reserve(count);
        Span<byte> taken = _bytes.AsSpan(Length, count);
        Length += count;
        return taken;
    }

    /// <summary>Returns bytes appended earlier, so that the caller can fill them in later.</summary>
    public Span<byte> Patch(int offset, int count) => _bytes.AsSpan(0, Length).Slice(offset, count);

    public void WriteByte(byte value)
    {
        Reserve(1);
        _bytes[Length++] = value;
    }

    public void WriteBytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    /// <summary>Writes a number as LEB128: seven bits per byte, lowest first, with the high bit set on all bytes but the last.</summary>
    public void WriteVarint(ulong value)
    {
        Reserve(VarintLengthMax);
        while (value >= 0x80)
        {
            _bytes[Length++] = (byte)(value & 0x7F | 0x80);
            value >>= 7;
        }

        _bytes[Length++] = (byte)value;
    }

    /// <summary>Writes a signed number as a zigzag varint: 0, -1, 1, -2, 2 … become 0, 1, 2, 3, 4 …</summary>
    public void WriteSigned(long value) => WriteVarint(unchecked((ulong)((value << 1) ^ (value >> 63))));

    /// <summary>Writes the UTF-8 length of a text as a varint, then the text.</summary>
    public void WriteText(string value)
    {
        int length = Encoding.UTF8.GetByteCount(value);
        WriteVarint((ulong)length);
        Encoding.UTF8.GetBytes(value, Take(length));
    }

    private void Reserve(int count)
    {
        if (_bytes.Length - Length < count)
        {
            Array.Resize(ref _bytes, Math.Max(Length + count, _bytes.Length * 2));
        }
    }
}
