using CsCheck;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Values;

/// <summary>A digest keeps 32 bytes unchanged and compares them byte by byte.</summary>
public static class DigestTests
{
    private static readonly Gen<byte[]> Bytes = Gen.Byte.Array[Digest.Length];

    [Fact]
    public static void A_digest_returns_its_bytes() => Bytes.Sample(
        bytes =>
        {
            Digest digest = new(bytes);
            byte[] copy = new byte[Digest.Length + 1];
            digest.CopyTo(copy);

            Assert.Equal(bytes, digest.ToArray());
            Assert.Equal(bytes, copy[..Digest.Length]);
            Assert.Equal(Convert.ToHexStringLower(bytes), digest.ToString());
            Assert.Equal(digest, new Digest(bytes));
        },
        iter: 2_000);

    [Fact]
    public static void Digests_differ_if_a_single_bit_does() => Gen.Select(Bytes, Gen.Int[0, (8 * Digest.Length) - 1]).Sample(
        (bytes, bit) =>
        {
            byte[] other = [.. bytes];
            other[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.NotEqual(new Digest(bytes), new Digest(other));
        },
        iter: 2_000);

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(33)]
    public static void A_digest_has_exactly_32_bytes(int length) => Assert.Throws<ArgumentException>(() => new Digest(new byte[length]));

    [Fact]
    public static void The_default_digest_is_all_zero() => Assert.Equal(new byte[Digest.Length], default(Digest).ToArray());
}
