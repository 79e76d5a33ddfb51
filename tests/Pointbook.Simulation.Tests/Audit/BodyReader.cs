using System.Text;

namespace Pointbook.Simulation.Tests.Audit;

/// <summary>Reads the numbers and texts of a body in order.</summary>
/// <param name="bytes">The body, or a part of it.</param>
/// <param name="of">What the body belongs to, for messages.</param>
internal sealed class BodyReader(byte[] bytes, string of)
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private int _position;

    public bool IsAtEnd => _position == bytes.Length;

    /// <summary>The number of bytes read so far.</summary>
    public int Position => _position;

    public byte ReadByte() => ReadBytes(1)[0];

    public byte[] ReadBytes(int count)
    {
        Require(count <= bytes.Length - _position, "ends too early");
        _position += count;
        return bytes[(_position - count).._position];
    }

    /// <summary>Reads a count or a position, which is not larger than the body.</summary>
    public int ReadLength() => ReadLength(bytes.Length);

    /// <summary>Reads a count of things that may be outside of these bytes.</summary>
    public int ReadLength(int max)
    {
        ulong number = ReadNumber();
        Require(number <= (ulong)max, "has a number that is too large");
        return (int)number;
    }

    public long ReadSigned()
    {
        ulong number = ReadNumber();
        return number % 2 == 0 ? (long)(number / 2) : -1 - (long)(number / 2);
    }

    public string ReadText() => ReadText(ReadLength());

    /// <summary>Reads all remaining bytes as one text.</summary>
    public string ReadRest() => ReadText(bytes.Length - _position);

    private string ReadText(int length)
    {
        byte[] text = ReadBytes(length);
        try
        {
            return Utf8.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw new AuditException($"The {of} has a text that is not UTF-8.");
        }
    }

    public void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new AuditException($"The {of} {otherwise}, before byte {_position} of {bytes.Length}.");
        }
    }

    public ulong ReadNumber()
    {
        UInt128 number = 0;
        byte part = 0x80;
        for (int shift = 0; part >= 0x80; shift += 7)
        {
            part = ReadByte();
            Require(shift < 70 && (part != 0 || shift == 0), "has a number that is not in its shortest form");
            number |= (UInt128)(part & 0x7Fu) << shift;
        }

        Require(number <= ulong.MaxValue, "has a number of more than 64 bits");
        return (ulong)number;
    }
}
