using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>A part of the directory, which knows every account that has a row. Not thread-safe.</summary>
/// <remarks>
/// The directory makes absence trustworthy: an account whose row is lost would otherwise pass for a new one. It has a power of two of
/// buckets, each of which has the digests of the accounts that fall into it. All buckets exist at any time, and each says how many there
/// are, so that a bucket that is missing, altered, or of another size of the directory is found.
/// </remarks>
public sealed class DirectoryBucket
{
    /// <summary>The directory doubles when its buckets have more accounts than this on average.</summary>
    public const int AccountsPerBucketMax = 256;

    // The count is one more, as an int.
    private const int BucketNumberMax = (1 << 30) - 1;

    private const int DigestLength = 16;
    private const int HeaderLength = sizeof(ulong) + sizeof(int);

    private readonly List<UInt128> _digests = [];

    private DirectoryBucket(int number, int count) => (Number, BucketCount) = (number, count);

    /// <summary>Which bucket: 0 … <see cref="BucketCount"/> - 1.</summary>
    public int Number { get; }

    /// <summary>How many buckets the directory has.</summary>
    public int BucketCount { get; }

    /// <summary>How many accounts fall into this bucket.</summary>
    public int AccountCount => _digests.Count;

    /// <summary>The one bucket of a directory without accounts.</summary>
    public static DirectoryBucket Empty => new(0, 1);

    /// <summary>How many buckets the directory has, given the highest number among its rows. So a missing row affects only the accounts of its bucket.</summary>
    public static int CountFor(long highestNumber) => (int)BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(highestNumber, 0, BucketNumberMax) + 1);

    /// <summary>A number by which an account falls into a bucket: modulo the number of buckets. From 0 to 2^31 - 1.</summary>
    public static int HashOf(AccountId account) => HashOf(DigestOf(account));

    /// <summary>Reads a bucket.</summary>
    /// <param name="number">Which one.</param>
    /// <param name="bucketCount">How many there are.</param>
    /// <param name="bytes">What <see cref="ToBytes"/> gave; null if its row is missing.</param>
    /// <exception cref="InvalidRowException">The bucket is not what was stored.</exception>
    public static DirectoryBucket Read(int number, int bucketCount, byte[]? bytes)
    {
        if (bytes is null)
        {
            throw new InvalidRowException($"bucket {number} of the directory is missing");
        }

        if (bytes.Length < HeaderLength || (bytes.Length - HeaderLength) % DigestLength != 0
            || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != ChecksumOf(number, bytes)
            || BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(sizeof(ulong))) != bucketCount)
        {
            throw new InvalidRowException($"bucket {number} of the directory does not match its checksum");
        }

        DirectoryBucket bucket = new(number, bucketCount);
        for (int at = HeaderLength; at < bytes.Length; at += DigestLength)
        {
            bucket._digests.Add(BinaryPrimitives.ReadUInt128LittleEndian(bytes.AsSpan(at)));
        }

        return bucket;
    }

    /// <summary>Makes a directory of twice the size out of all buckets of one.</summary>
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

    /// <summary>Refuses an account that has no row although it is in the directory.</summary>
    /// <exception cref="InvalidRowException">The account is in the directory.</exception>
    public void ThrowIfKnown(AccountId account)
    {
        if (_digests.Contains(DigestOf(account)))
        {
            throw new InvalidRowException("its row is missing");
        }
    }

    /// <summary>Refuses an account that has a row although it is not in the directory.</summary>
    /// <exception cref="InvalidRowException">The account is not in the directory.</exception>
    public void ThrowIfUnknown(AccountId account)
    {
        if (!_digests.Contains(DigestOf(account)))
        {
            throw new InvalidRowException("it is not in the directory");
        }
    }

    /// <summary>Adds an account that gets a row.</summary>
    /// <exception cref="InvalidRowException">The account is in the directory.</exception>
    public void Add(AccountId account)
    {
        ThrowIfKnown(account);
        _digests.Add(DigestOf(account));
    }

    /// <summary>Adds an account whose rows are written again, unless it is in the directory.</summary>
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

    /// <summary>The bytes that a store keeps.</summary>
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

        // The first eight bytes choose the partition, so accounts of one partition may share bits of them.
        return BinaryPrimitives.ReadUInt128LittleEndian(digest[^DigestLength..]);
    }
}
