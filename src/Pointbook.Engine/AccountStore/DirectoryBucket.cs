using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>A part of the directory, which contains every account that has a row. Not thread-safe.</summary>
/// <remarks>
/// The directory proves that an account does not exist. Without it, an account whose row is lost would seem new. It has a power of two of
/// buckets, each with the digests of its accounts. All buckets always exist, and each contains the number of buckets. So the store detects
/// a bucket that is missing, altered, or from a directory of another size.
/// </remarks>
public sealed class DirectoryBucket
{
    /// <summary>The directory doubles when its buckets exceed this average number of accounts.</summary>
    public const int AccountsPerBucketMax = 256;

    // The number of buckets is one more, and is an int.
    private const int BucketNumberMax = (1 << 30) - 1;

    private const int DigestLength = 16;
    private const int HeaderLength = sizeof(ulong) + sizeof(int);

    private readonly List<UInt128> _digests = [];

    private DirectoryBucket(int number, int count) => (Number, BucketCount) = (number, count);

    /// <summary>The number of the bucket: 0 … <see cref="BucketCount"/> - 1.</summary>
    public int Number { get; }

    /// <summary>The number of buckets in the directory.</summary>
    public int BucketCount { get; }

    /// <summary>The number of accounts in this bucket.</summary>
    public int AccountCount => _digests.Count;

    /// <summary>The only bucket of a directory without accounts.</summary>
    public static DirectoryBucket Empty => new(0, 1);

    /// <summary>Computes the number of buckets from the highest number among the directory's rows. So a missing row affects only the accounts of its bucket.</summary>
    public static int CountFor(long highestNumber) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(highestNumber, 0, BucketNumberMax) + 1);

    /// <summary>Returns a number from 0 to 2^31 - 1. Modulo the number of buckets, it gives the account's bucket.</summary>
    public static int HashOf(AccountId account) => HashOf(DigestOf(account));

    /// <summary>Reads a bucket.</summary>
    /// <param name="number">The number of the bucket.</param>
    /// <param name="bucketCount">The number of buckets.</param>
    /// <param name="bytes">The result of <see cref="ToBytes"/>; null if the row is missing.</param>
    /// <exception cref="DirectoryDamagedException">The bucket differs from what was stored.</exception>
    public static DirectoryBucket Read(int number, int bucketCount, byte[]? bytes)
    {
        if (bytes is null)
        {
            throw new DirectoryDamagedException($"bucket {number} of the directory is missing");
        }

        if (bytes.Length < HeaderLength || (bytes.Length - HeaderLength) % DigestLength != 0
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != ChecksumOf(number, bytes)
            || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(sizeof(ulong))) != bucketCount)
        {
            throw new DirectoryDamagedException($"bucket {number} of the directory does not match its checksum");
        }

        DirectoryBucket bucket = new(number, bucketCount);
        for (int at = HeaderLength; at < bytes.Length; at += DigestLength)
        {
            bucket._digests.Add(BinaryPrimitives.ReadUInt128LittleEndian(bytes.AsSpan(at)));
        }

        return bucket;
    }

    /// <summary>Creates a directory of twice the size from all buckets of a directory.</summary>
    public static IReadOnlyList<DirectoryBucket> Grow(IReadOnlyList<DirectoryBucket> buckets)
    {
        ArgumentNullException.ThrowIfNull(buckets);
        int count = buckets.Count * 2;
        DirectoryBucket[] doubled = [.. Enumerable.Range(0, count).Select(number => new DirectoryBucket(number, count))];
        foreach (UInt128 digest in buckets.SelectMany(bucket => bucket._digests))
        {
            doubled[HashOf(digest) % count]._digests.Add(digest);
        }

        return doubled;
    }

    /// <summary>Throws if an account without a row is in the directory.</summary>
    /// <exception cref="InvalidRowException">The account is in the directory.</exception>
    public void ThrowIfKnown(AccountId account)
    {
        if (_digests.Contains(DigestOf(account)))
        {
            throw new InvalidRowException("its row is missing");
        }
    }

    /// <summary>Throws if an account with a row is not in the directory.</summary>
    /// <exception cref="InvalidRowException">The account is not in the directory.</exception>
    public void ThrowIfUnknown(AccountId account)
    {
        if (!_digests.Contains(DigestOf(account)))
        {
            throw new InvalidRowException("it is not in the directory");
        }
    }

    /// <summary>Throws if an account is in the directory although the journal has no entry of it.</summary>
    /// <exception cref="DirectoryDamagedException">The account is in the directory.</exception>
    public void ThrowIfListed(AccountId account)
    {
        if (_digests.Contains(DigestOf(account)))
        {
            throw new DirectoryDamagedException($"bucket {Number} of the directory contains an account without entries");
        }
    }

    /// <summary>Adds an account that gets a row.</summary>
    /// <exception cref="InvalidRowException">The account is in the directory.</exception>
    public void Add(AccountId account)
    {
        ThrowIfKnown(account);
        _digests.Add(DigestOf(account));
    }

    /// <summary>Adds an account whose rows are rewritten, unless it is in the directory.</summary>
    /// <returns>Whether it was added.</returns>
    public bool TryAdd(AccountId account)
    {
        UInt128 digest = DigestOf(account);
        if (_digests.Contains(digest))
        {
            return false;
        }

        _digests.Add(digest);
        return true;
    }

    /// <summary>Removes an account whose row is deleted.</summary>
    /// <returns>Whether the directory contained it.</returns>
    public bool Remove(AccountId account) => _digests.Remove(DigestOf(account));

    /// <summary>Returns the bytes to store.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[HeaderLength + (_digests.Count * DigestLength)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(sizeof(ulong)), BucketCount);
        for (int index = 0; index < _digests.Count; index++)
        {
            BinaryPrimitives.WriteUInt128LittleEndian(bytes.AsSpan(HeaderLength + (index * DigestLength)), _digests[index]);
        }

        BinaryPrimitives.WriteUInt64LittleEndian(bytes, ChecksumOf(Number, bytes));
        return bytes;
    }

    private static int HashOf(UInt128 digest) => (int)(digest & int.MaxValue);

    private static ulong ChecksumOf(int number, ReadOnlySpan<byte> bytes) => XxHash3.HashToUInt64(bytes[sizeof(ulong)..], number);

    private static UInt128 DigestOf(AccountId account)
    {
        ArgumentNullException.ThrowIfNull(account);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.ASCII.GetBytes(account.Value), digest);

        // The first eight bytes determine the partition, so accounts of one partition may share bits of them.
        return BinaryPrimitives.ReadUInt128LittleEndian(digest[^DigestLength..]);
    }
}
