using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Hosting;

/// <summary>Determines the partition of an account.</summary>
public static class PartitionMap
{
    /// <summary>The most partitions a store may have.</summary>
    public const int CountMax = 1024;

    /// <summary>The partition of an account: the first 8 bytes, big-endian, of the SHA-256 of its key, modulo the count.</summary>
    /// <remarks>Stored journals depend on this function, so it never changes.</remarks>
    /// <param name="account">The account.</param>
    /// <param name="count">How many partitions there are, 1 to <see cref="CountMax"/>.</param>
    /// <returns>From 0 to <paramref name="count"/> - 1.</returns>
    public static int PartitionOf(AccountId account, int count)
    {
        ArgumentNullException.ThrowIfNull(account);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, CountMax);
        if (count == 1)
        {
            return 0;
        }

        // An account key is ASCII, so it has as many bytes as characters.
        Span<byte> key = stackalloc byte[AccountId.LengthMax];
        int length = Encoding.ASCII.GetBytes(account.Value, key);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(key[..length], hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % (uint)count);
    }
}
