using CsCheck;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>Forged bytes with a correct checksum either are refused or give an account. They never lead to another exception.</summary>
public sealed class SnapshotForgeryTests
{
    private static readonly Gen<byte> AnyByte = Gen.Frequency(
        (6, Gen.Byte), (3, Gen.Byte[0, 4]), (1, Gen.Const((byte)0x7F)), (1, Gen.Const((byte)0x80)), (2, Gen.Const((byte)0xFF)));

    private static readonly Gen<(byte[] Patch, double At, int Removed)> AnyPatch =
        Gen.Select(AnyByte.Array[0, 10], Gen.Double[0, 1], Gen.Frequency((3, Gen.Const(-1)), (1, Gen.Int[0, 12])));

    [Fact]
    public void Any_head_is_read_as_an_account_or_rejected()
    {
        SnapshotExample example = SnapshotExample.Large();
        AnyByte.Array[0, 300].Sample(
            bytes =>
            {
                example.Reset();
                example.Forge([1, .. bytes]);
                Examine(example, 0);
            },
            iter: 10_000,
            threads: 1);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_changed_head_is_read_as_an_account_or_rejected(bool isLarge)
    {
        SnapshotExample example = isLarge ? SnapshotExample.Large() : SnapshotExample.Small();
        long allocated = Examine(example, long.MaxValue / 8);
        int accepted = 0;
        AnyPatch.Sample(
            patch =>
            {
                example.Reset();
                example.Forge(Apply(patch, example.Store.Row!.Value.Snapshot.Span[SnapshotExample.ChecksumLength..]));
                accepted += Examine(example, allocated) < 0 ? 0 : 1;
            },
            iter: isLarge ? 3_000 : 6_000,
            threads: 1);
        Assert.NotEqual(0, accepted);
    }

    [Fact]
    public void Any_changed_chunk_is_read_as_an_account_or_rejected()
    {
        SnapshotExample example = SnapshotExample.Large();
        long allocated = Examine(example, long.MaxValue / 8);
        long[] chunks = [.. example.Store.Chunks.Keys];
        Gen.Select(AnyPatch, Gen.Int[0, chunks.Length - 1]).Sample(
            (patch, index) =>
            {
                example.Reset();
                example.Forge(chunks[index], Apply(patch, example.Store.Chunks[chunks[index]]));
                Examine(example, allocated);
            },
            iter: 3_000,
            threads: 1);
    }

    [Fact]
    public void Any_flipped_bit_with_a_correct_checksum_is_read_as_an_account_or_rejected()
    {
        SnapshotExample example = SnapshotExample.Small();
        long allocated = Examine(example, long.MaxValue / 8);
        byte[] head = example.Store.Row!.Value.Snapshot[SnapshotExample.ChecksumLength..].ToArray();
        for (int bit = 0; bit < head.Length * 8; bit++)
        {
            byte[] changed = [.. head];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            example.Forge(changed);
            Examine(example, allocated);
        }
    }

    [Fact]
    public void A_section_that_names_a_chunk_twice_is_rejected()
    {
        SnapshotExample example = SnapshotExample.Large();
        byte[] head = example.Store.Row!.Value.Snapshot[SnapshotExample.ChecksumLength..].ToArray();
        long[] chunks = [.. example.Store.Chunks.Keys];
        for (int at = 0; at < head.Length; at++)
        {
            foreach (long chunk in chunks.Append(0).Where(_ => chunks.Contains(head[at])))
            {
                byte[] changed = [.. head];
                changed[at] = (byte)chunk;
                example.Forge(changed);
                Examine(example, 1_000_000);
            }
        }
    }

    private static byte[] Apply((byte[] Patch, double At, int Removed) patch, ReadOnlySpan<byte> bytes)
    {
        int at = (int)(patch.At * bytes.Length);
        int end = Math.Min(bytes.Length, at + (patch.Removed < 0 ? patch.Patch.Length : patch.Removed));
        return [.. bytes[..at], .. patch.Patch, .. bytes[end..]];
    }

    /// <summary>Runs all queries. They must not allocate much more memory than for the account before the forgery.</summary>
    /// <returns>The allocated bytes, negative if a query was refused.</returns>
    private static long Examine(SnapshotExample example, long allocatedBefore)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        bool isAnswered = example.TryExamine();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.InRange(allocated, 0, (2 * allocatedBefore) + 300_000);
        return isAnswered ? allocated : -allocated;
    }
}
