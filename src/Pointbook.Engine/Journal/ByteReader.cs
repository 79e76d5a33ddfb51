using System.Text;
using System.Text.Unicode;

namespace Pointbook.Engine.Journal;

/// <summary>Reads what <see cref="ByteWriter"/> wrote. It is safe for any input: it throws if the bytes are invalid.</summary>
internal ref struct ByteReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    /// <summary>The number of bytes read.</summary>
    public int Position { get; private set; }

    /// <summary>The number of bytes left.</summary>
    public readonly int Remaining => _bytes.Length - Position;

    /// <exception cref="InvalidRowException">There are no more bytes.</exception>
    public byte ReadByte() => Position < _bytes.Length ? _bytes[Position++] : throw Invalid("it ends too early");

    /// <exception cref="InvalidRowException">Fewer bytes are left.</exception>
    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > Remaining)
        {
            throw Invalid("it ends too early");
        }

        ReadOnlySpan<byte> read = _bytes.Slice(Position, count);
        Position += count;
        return read;
    }

    /// <exception cref="InvalidRowException">The number is not in its shortest form, or does not fit into 64 bits.</exception>
    public ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = ReadByte();
            if ((shift == 63 && next > 1) || (shift > 0 && next == 0))
            {
                throw Invalid("a number is too long");
            }

            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }

    /// <exception cref="InvalidRowException"><see cref="ByteWriter.WriteSigned"/> does not write such a number.</exception>
    public long ReadSigned()
    {
        ulong value = ReadVarint();
        return unchecked((long)(value >> 1) ^ -(long)(value & 1));
    }

    /// <summary>Reads a count or an index of bytes or items, up to a maximum.</summary>
    /// <exception cref="InvalidRowException">The number exceeds the maximum.</exception>
    public int ReadCount(int max)
    {
        ulong value = ReadVarint();
        return max >= 0 && value <= (ulong)max ? (int)value : throw Invalid($"{value} is more than {max}");
    }

    /// <summary>Reads a non-negative number.</summary>
    /// <exception cref="InvalidRowException">The number does not fit into 63 bits.</exception>
    public long ReadNumber()
    {
        ulong value = ReadVarint();
        return value <= long.MaxValue ? (long)value : throw Invalid($"{value} is too large");
    }

    /// <exception cref="InvalidRowException">The text is not UTF-8, or ends too early.</exception>
    public string ReadText() => ToText(ReadBytes(ReadCount(Remaining)));

    /// <exception cref="InvalidRowException">The text is not UTF-8.</exception>
    public readonly string ToText(ReadOnlySpan<byte> text) =>
        Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : throw Invalid("a text is not UTF-8");

    public readonly InvalidRowException Invalid(string what) => new($"the bytes are invalid at byte {Position}: {what}");
}
