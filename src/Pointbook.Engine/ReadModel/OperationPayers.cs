using System.Buffers;
using System.Text;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>What an operation changes for each payer, in the compact form that a projection stores. Immutable.</summary>
/// <remarks>
/// For each payer: the length of its name times two, plus one if it was only settled; the name in UTF-8; the points. Numbers are of variable
/// length, 7 bits a byte, the lowest first; points are zigzag-encoded.
/// </remarks>
public sealed class OperationPayers : IEquatable<OperationPayers>
{
    private const int NumberLengthMax = 10;

    private readonly byte[] _bytes;

    private OperationPayers(byte[] bytes) => _bytes = bytes;

    /// <summary>The bytes that a store keeps.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes;

    /// <summary>Reads the bytes that a store kept.</summary>
    public static OperationPayers FromStored(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());

    /// <summary>The compact form of sums.</summary>
    public static OperationPayers Of(IReadOnlyList<OperationPayer> sums)
    {
        ArgumentNullException.ThrowIfNull(sums);
        ArrayBufferWriter<byte> bytes = new();
        foreach (OperationPayer sum in sums)
        {
            Write(bytes, sum);
        }

        return new OperationPayers(bytes.WrittenSpan.ToArray());
    }

    /// <summary>The compact form of sums.</summary>
    /// <param name="sums">The sums.</param>
    /// <param name="bytes">Where to write them first; a caller with many operations passes the same writer each time.</param>
    internal static OperationPayers Of(PayerTally sums, ArrayBufferWriter<byte> bytes)
    {
        bytes.ResetWrittenCount();
        sums.ForEach(bytes, Write);
        return new OperationPayers(bytes.WrittenSpan.ToArray());
    }

    /// <summary>The sums.</summary>
    /// <exception cref="InvalidRowException">The stored bytes are not what was stored.</exception>
    public IReadOnlyList<OperationPayer> ToSums()
    {
        List<OperationPayer> sums = [];
        ReadOnlySpan<byte> left = _bytes;
        while (TryRead(ref left, out ReadOnlySpan<byte> name, out bool isSettledOnly, out Points points))
        {
            PayerName payer = PayerName.TryFromTrusted(Encoding.UTF8.GetString(name)) ?? throw Damaged();
            sums.Add(new OperationPayer(payer, points, isSettledOnly));
        }

        return sums;
    }

    /// <summary>Whether the operation has an entry of a payer.</summary>
    /// <exception cref="InvalidRowException">The stored bytes are not what was stored.</exception>
    public bool Contains(PayerName payer)
    {
        ArgumentNullException.ThrowIfNull(payer);
        byte[] wanted = Encoding.UTF8.GetBytes(payer.Value);
        ReadOnlySpan<byte> left = _bytes;
        while (TryRead(ref left, out ReadOnlySpan<byte> name, out _, out _))
        {
            if (name.SequenceEqual(wanted))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public bool Equals(OperationPayers? other) => other is not null && Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as OperationPayers);

    /// <inheritdoc/>
    public override int GetHashCode() => _bytes.Length;

    private static bool TryRead(ref ReadOnlySpan<byte> left, out ReadOnlySpan<byte> name, out bool isSettledOnly, out Points points)
    {
        name = [];
        isSettledOnly = false;
        points = default;
        if (left.IsEmpty)
        {
            return false;
        }

        ulong header = ReadNumber(ref left);
        ulong length = header >> 1;
        if (length > (ulong)left.Length)
        {
            throw Damaged();
        }

        name = left[..(int)length];
        left = left[(int)length..];
        ulong zigzag = ReadNumber(ref left);
        isSettledOnly = (header & 1) == 1;
        points = new Points(unchecked((long)(zigzag >> 1) ^ -(long)(zigzag & 1)));
        return true;
    }

    private static void Write(ArrayBufferWriter<byte> bytes, OperationPayer sum)
    {
        int length = Encoding.UTF8.GetByteCount(sum.Payer.Value);
        WriteNumber(bytes, ((ulong)length << 1) | (sum.IsSettledOnly ? 1UL : 0));
        Encoding.UTF8.GetBytes(sum.Payer.Value, bytes.GetSpan(length));
        bytes.Advance(length);
        WriteNumber(bytes, unchecked((ulong)((sum.Points.Value << 1) ^ (sum.Points.Value >> 63))));
    }

    private static void WriteNumber(ArrayBufferWriter<byte> bytes, ulong value)
    {
        Span<byte> span = bytes.GetSpan(NumberLengthMax);
        int length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            span[length++] = (byte)((value & 0x7F) | 0x80);
        }

        span[length++] = (byte)value;
        bytes.Advance(length);
    }

    private static ulong ReadNumber(ref ReadOnlySpan<byte> left)
    {
        ulong value = 0;
        for (int index = 0; index < NumberLengthMax && index < left.Length; index++)
        {
            value |= (ulong)(left[index] & 0x7F) << (7 * index);
            if (left[index] < 0x80)
            {
                left = left[(index + 1)..];
                return value;
            }
        }

        throw Damaged();
    }

    private static InvalidRowException Damaged() => new("the payers of an operation are not what was stored");
}
