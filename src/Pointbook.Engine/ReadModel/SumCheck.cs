using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Computes the checksums of payers' sums: a factor times the sum, modulo 2^62. The factor is the odd number that 64-bit XXH3 derives from the row's key.</summary>
/// <remarks>
/// A round only adds to sums. A row's checksum plus the checksum of the added amount, modulo 2^62, is the checksum of the new sum. So a writer
/// need not check the existing sum, and a wrong row stays wrong until a reader detects it.
/// </remarks>
public static class SumCheck
{
    /// <summary>The bits of a checksum. Two checksums can be added in a signed 64-bit number.</summary>
    public const long Mask = (1L << 62) - 1;

    private const int DayLength = sizeof(int);
    private const int NoDay = -1;

    /// <summary>The checksum of a payer's totals.</summary>
    public static long Of(PayerName payer, Int128 points, Int128 outstanding) =>
        Add(Multiply(FactorOf('p', 0, default, default, default, payer), points), Multiply(FactorOf('o', 0, default, default, default, payer), outstanding));

    /// <summary>The checksum of a flow.</summary>
    public static long Of(PayerFlow flow, Int128 points) =>
        Multiply(FactorOf('f', (byte)flow.Kind, flow.RecordedOn, flow.OccurredOn, default, flow.Payer), points);

    /// <summary>The checksum of points left in lots.</summary>
    public static long Of(PayerStock stock, Int128 lotPoints) =>
        Multiply(FactorOf('s', 0, stock.RecordedOn, stock.OccurredOn, stock.ExpiresOn, stock.Payer), lotPoints);

    /// <summary>The checksum of a sum after an addition.</summary>
    public static long Add(long checksum, long added) => unchecked(checksum + added) & Mask;

    private static long Multiply(ulong factor, Int128 sum) => unchecked((long)(factor * (ulong)sum)) & Mask;

    private static ulong FactorOf(char what, byte kind, DateOnly? recordedOn, DateOnly? occurredOn, DateOnly? expiresOn, PayerName payer)
    {
        Span<byte> bytes = stackalloc byte[2 + (3 * DayLength) + (4 * PayerName.LengthMax)];
        (bytes[0], bytes[1]) = ((byte)what, kind);
        Write(bytes[2..], recordedOn);
        Write(bytes[(2 + DayLength)..], occurredOn);
        Write(bytes[(2 + (2 * DayLength))..], expiresOn);
        int length = 2 + (3 * DayLength);
        length += Encoding.UTF8.GetBytes(payer.Value, bytes[length..]);
        return XxHash3.HashToUInt64(bytes[..length]) | 1;
    }

    private static void Write(Span<byte> bytes, DateOnly? day) => BinaryPrimitives.WriteInt32LittleEndian(bytes, day?.DayNumber ?? NoDay);
}
