using CsCheck;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.AccountStore;

public sealed class DirectoryBucketTests
{
    [Fact]
    public void A_directory_contains_exactly_the_added_accounts()
    {
        DirectoryBucket bucket = DirectoryBucket.Empty;
        for (int number = 0; number < 500; number++)
        {
            bucket.ThrowIfKnown(Account(number));
            bucket.Add(Account(number));
            bucket = DirectoryBucket.Read(0, 1, bucket.ToBytes());
        }

        Assert.Equal((0, 1, 500), (bucket.Number, bucket.BucketCount, bucket.AccountCount));
        for (int number = 0; number < 500; number++)
        {
            AssertKnown(bucket, number);
            bucket.ThrowIfKnown(Account(1_000 + number));
        }
    }

    [Fact]
    public void A_growing_directory_keeps_every_account_in_the_bucket_of_its_hash()
    {
        IReadOnlyList<DirectoryBucket> buckets = [DirectoryBucket.Empty];
        for (int number = 0; number < 1_900; number++)
        {
            if (number == (buckets.Count * 30) + 1)
            {
                buckets = [.. DirectoryBucket.Grow(buckets).Select(bucket => DirectoryBucket.Read(bucket.Number, bucket.BucketCount, bucket.ToBytes()))];
            }

            BucketOf(buckets, number).Add(Account(number));
        }

        Assert.Equal(64, buckets.Count);
        Assert.Equal(Enumerable.Range(0, 64), buckets.Select(bucket => bucket.Number));
        Assert.All(buckets, bucket => Assert.Equal(64, bucket.BucketCount));
        Assert.Equal(1_900, buckets.Sum(bucket => bucket.AccountCount));
        Assert.All(buckets, bucket => Assert.InRange(bucket.AccountCount, 10, 60));
        for (int number = 0; number < 1_900; number++)
        {
            AssertKnown(BucketOf(buckets, number), number);
            BucketOf(buckets, 5_000 + number).ThrowIfKnown(Account(5_000 + number));
        }
    }

    [Fact]
    public void The_hash_of_every_account_selects_a_bucket() =>
        Gen.String[Gen.Char['a', 'z'], 1, 100].Sample(key => Assert.InRange(DirectoryBucket.HashOf(Given.Account(key)), 0, int.MaxValue));

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20)]
    public void Any_flipped_bit_and_any_other_length_is_rejected(int accounts)
    {
        byte[] bytes = Filled(accounts).ToBytes();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] changed = [.. bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertRefused(0, 1, changed);
        }

        for (int length = 0; length < bytes.Length; length++)
        {
            AssertRefused(0, 1, bytes[..length]);
        }

        AssertRefused(0, 1, [.. bytes, 0]);
        AssertRefused(0, 1, [.. bytes, .. new byte[16]]);
        AssertRefused(0, 1, null);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    public void A_bucket_with_another_number_or_directory_size_is_rejected(int accounts)
    {
        DirectoryBucket[] buckets = [.. DirectoryBucket.Grow(DirectoryBucket.Grow([Filled(accounts)]))];
        foreach (DirectoryBucket bucket in buckets)
        {
            for (int number = 0; number < 8; number++)
            {
                for (int count = 1; count <= 16; count++)
                {
                    if ((number, count) != (bucket.Number, 4))
                    {
                        AssertRefused(number, count, bucket.ToBytes());
                    }
                }
            }
        }
    }

    [Fact]
    public void Random_bytes_are_rejected() => Gen.Byte.Array[0, 200].Sample(bytes => AssertRefused(0, 1, bytes), iter: 20_000);

    [Fact]
    public void An_older_bucket_is_readable_and_lacks_later_accounts()
    {
        DirectoryBucket bucket = Filled(3);
        byte[] older = bucket.ToBytes();
        bucket.Add(Account(3));
        Assert.NotEqual(older, bucket.ToBytes());
        DirectoryBucket.Read(0, 1, older).ThrowIfKnown(Account(3));
    }

    private static AccountId Account(int number) => Given.Account($"account-{number}");

    private static DirectoryBucket Filled(int accounts)
    {
        DirectoryBucket bucket = DirectoryBucket.Empty;
        for (int number = 0; number < accounts; number++)
        {
            bucket.Add(Account(number));
        }

        return bucket;
    }

    private static DirectoryBucket BucketOf(IReadOnlyList<DirectoryBucket> buckets, int number) =>
        buckets[DirectoryBucket.HashOf(Account(number)) % buckets.Count];

    private static void AssertKnown(DirectoryBucket bucket, int number)
    {
        Assert.Throws<InvalidRowException>(() => bucket.ThrowIfKnown(Account(number)));
        Assert.Throws<InvalidRowException>(() => bucket.Add(Account(number)));
    }

    private static void AssertRefused(int number, int count, byte[]? bytes) =>
        Assert.Throws<DirectoryDamagedException>(() => DirectoryBucket.Read(number, count, bytes));
}
