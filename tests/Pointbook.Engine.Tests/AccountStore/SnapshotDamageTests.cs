using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>A stored account refuses rows and chunks with other bytes than those that were stored, before it reads any value from them.</summary>
public sealed class SnapshotDamageTests
{
    [Fact]
    public void The_examples_have_parts_of_every_kind()
    {
        Assert.Empty(SnapshotExample.Small().Store.Chunks);
        Assert.Equal(8, SnapshotExample.Large().Store.Chunks.Count);
        Assert.True(SnapshotExample.Small().TryExamine());
        Assert.True(SnapshotExample.Large().TryExamine());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Any_flipped_bit_of_the_row_is_rejected(bool isLarge)
    {
        SnapshotExample example = isLarge ? SnapshotExample.Large() : SnapshotExample.Small();
        StoredRow row = example.Store.Row!.Value;
        Assert.NotNull(row.NextDue);
        Assert.NotNull(row.OldestKey);
        for (int bit = 0; bit < 64; bit++)
        {
            long flip = unchecked((long)(1UL << bit));
            AssertRefused(example, row with { StandsAt = new Sequence(row.StandsAt.Value ^ flip) });
            AssertRefused(example, row with { NextDue = row.NextDue ^ flip });
            AssertRefused(example, row with { OldestKey = row.OldestKey ^ flip });
        }

        byte[] bytes = row.Snapshot.ToArray();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            AssertRefused(example, row with { Snapshot = bytes });
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }

        _ = StoredAccount.Read(example.Account, row with { Snapshot = bytes });
    }

    [Fact]
    public void A_missing_or_swapped_column_is_rejected()
    {
        SnapshotExample example = SnapshotExample.Small();
        StoredRow row = example.Store.Row!.Value;
        AssertRefused(example, row with { NextDue = null });
        AssertRefused(example, row with { OldestKey = null });
        AssertRefused(example, row with { NextDue = row.OldestKey, OldestKey = row.NextDue });
        AssertRefused(example, row with { StandsAt = Sequence.Zero });
        AssertRefused(example, row with { StandsAt = new Sequence(-1) });
        AssertRefused(example, default);
    }

    [Fact]
    public void Null_differs_from_zero()
    {
        SnapshotStore store = new(Given.Account("carol"));
        CommitChain chain = new(TimeProvider.System);
        chain.Add([Given.Credit(new Sequence(1), account: "carol")]);
        store.Apply(SnapshotRound.From(chain.Commits));
        StoredRow row = store.Row!.Value;
        Assert.Equal((null, null), (row.NextDue, row.OldestKey));
        Assert.Throws<InvalidRowException>(() => StoredAccount.Read(Given.Account("carol"), row with { NextDue = 0 }));
        Assert.Throws<InvalidRowException>(() => StoredAccount.Read(Given.Account("carol"), row with { OldestKey = 0 }));
    }

    [Fact]
    public void A_snapshot_that_is_too_short_or_too_long_is_rejected()
    {
        SnapshotExample example = SnapshotExample.Large();
        StoredRow row = example.Store.Row!.Value;
        for (int length = 0; length < row.Snapshot.Length; length++)
        {
            AssertRefused(example, row with { Snapshot = row.Snapshot[..length] });
        }

        AssertRefused(example, row with { Snapshot = (byte[])[.. row.Snapshot.Span, 0] });
    }

    [Fact]
    public void The_row_of_another_account_is_rejected()
    {
        StoredRow row = SnapshotExample.Small().Store.Row!.Value;
        foreach (string other in new[] { "carom", "caro", "carol1", "Carol", "dave" })
        {
            Assert.Throws<InvalidRowException>(() => StoredAccount.Read(Given.Account(other), row));
        }
    }

    [Fact]
    public void Any_flipped_bit_of_a_chunk_and_any_other_length_is_rejected()
    {
        SnapshotExample example = SnapshotExample.Large();
        StoredAccount stored = example.Store.Read();
        foreach ((long chunk, byte[] bytes) in example.Store.Chunks)
        {
            for (int bit = 0; bit < bytes.Length * 8; bit++)
            {
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.Throws<InvalidRowException>(() => stored.Provide(chunk, bytes));
                bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            }

            for (int length = 0; length < bytes.Length; length++)
            {
                Assert.Throws<InvalidRowException>(() => stored.Provide(chunk, bytes.AsSpan(0, length)));
            }

            Assert.Throws<InvalidRowException>(() => stored.Provide(chunk, [.. bytes, 0]));
            stored.Provide(chunk, bytes);
        }
    }

    [Fact]
    public void A_swapped_chunk_is_rejected()
    {
        SnapshotExample example = SnapshotExample.Large();
        StoredAccount stored = example.Store.Read();
        foreach (long chunk in example.Store.Chunks.Keys)
        {
            foreach ((_, byte[] bytes) in example.Store.Chunks.Where(other => other.Key != chunk))
            {
                Assert.Throws<InvalidRowException>(() => stored.Provide(chunk, bytes));
            }
        }

        Assert.Throws<InvalidRowException>(() => stored.Provide(0, []));
        Assert.Throws<InvalidRowException>(() => stored.Provide(99, example.Store.Chunks.Values.First()));
    }

    [Fact]
    public void A_chunk_of_an_older_version_or_of_another_account_is_rejected()
    {
        SnapshotExample example = SnapshotExample.Large();
        SortedDictionary<long, byte[]> older = new(example.Store.Chunks);
        StoredRow row = example.Store.Row!.Value;
        example.ApplyNext();
        StoredAccount stored = example.Store.Read();
        long[] changed = [.. example.Store.Chunks.Keys.Where(older.ContainsKey).Where(chunk => !older[chunk].AsSpan().SequenceEqual(example.Store.Chunks[chunk]))];
        Assert.InRange(changed.Length, 4, 6);
        Assert.All(changed, chunk => Assert.Throws<InvalidRowException>(() => stored.Provide(chunk, older[chunk])));

        // An older row refuses newer chunks as well.
        StoredAccount old = StoredAccount.Read(example.Account, row);
        Assert.All(changed, chunk => Assert.Throws<InvalidRowException>(() => old.Provide(chunk, example.Store.Chunks[chunk])));

        SnapshotExample other = SnapshotExample.Large("dave", more: 1);
        StoredAccount others = other.Store.Read();
        foreach ((long chunk, byte[] bytes) in older.Where(chunk => other.Store.Chunks.ContainsKey(chunk.Key)))
        {
            Assert.Throws<InvalidRowException>(() => others.Provide(chunk, bytes));
        }
    }

    private static void AssertRefused(SnapshotExample example, StoredRow row) =>
        Assert.Throws<InvalidRowException>(() => StoredAccount.Read(example.Account, row));
}
