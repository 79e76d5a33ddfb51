using System.Security.Cryptography;
using CsCheck;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Tests.Journal;

public sealed class CommitBodyTests
{
    private static readonly Gen<long> AnyAmount = Gen.OneOf(Gen.Long, Gen.Long[-1_000, 1_000], Const(long.MinValue, long.MaxValue, 0));
    private static readonly Gen<string> AnyText = Gen.OneOf(Gen.String[Gen.Char['a', 'z'], 0, 20], Const("", "MÜLLER", "点数", "🙂"));

    private static readonly Gen<Instant> AnyInstant =
        Gen.Long[Instant.MinValue.UnixMicroseconds, Instant.MaxValue.UnixMicroseconds].Select(Instant.FromUnixMicroseconds);

    private static readonly Gen<Origin?> AnyOrigin = Gen.Select(
        AnyText.Null(), AnyText.Null(), AnyText.Null(), Gen.String[Gen.Char['a', 'z'], 1, 9].Null(), Gen.Byte.Array[Digest.Length].Null(),
        (reference, reason, actor, key, hash) =>
        {
            Origin origin = new()
            {
                Key = key is null ? null : IdempotencyKey.FromTrusted(key),
                KeyHash = hash is null ? null : new Digest(hash),
                Reference = reference,
                Reason = reason,
                Actor = actor,
            };
            return origin == new Origin() ? null : origin;
        });

    private static readonly Gen<Entry> AnyEntry = Gen.Select(
        Gen.Select(Gen.Int[1, 11], Const("carol", "dave", "e@example.com"), Const("DANNON", "MÜLLER", "", "UNILEVER")),
        Gen.Select(AnyAmount, AnyAmount, Gen.Int[0, 3]),
        Gen.Select(AnyInstant, AnyInstant, Gen.Bool, Gen.Bool),
        Gen.Select(Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue], Gen.Long[0, long.MaxValue], Gen.Int[0, 15]),
        AnyOrigin,
        (names, amounts, times, places, origin) => new Entry
        {
            Sequence = default,
            Kind = (EntryKind)names.Item1,
            Account = AccountId.FromTrusted(names.Item2),
            Payer = names.Item3.Length == 0 ? null : PayerName.FromTrusted(names.Item3),
            Points = new Points(amounts.Item3 == 2 ? 0 : amounts.Item1),
            LotPoints = new Points(amounts.Item3 switch { 0 => amounts.Item1, 1 => 0, _ => amounts.Item2 }),
            OccurredAt = times.Item3 ? times.Item1 : null,
            ExpiresAt = times.Item4 ? times.Item2 : null,
            Lot = (places.Item4 & 1) == 0 ? null : new Sequence(places.Item1),
            Operation = new Sequence((places.Item4 & 2) == 0 ? -1 : places.Item2),
            Subject = (places.Item4 & 4) == 0 ? null : new Sequence(places.Item3),
            Origin = (places.Item4 & 8) == 0 ? null : origin,
        });

    [Fact]
    public void Any_entries_are_decoded_as_they_were_encoded() =>
        Gen.Select(Gen.OneOf(Gen.Long[1, 1_000], Gen.Long[1, long.MaxValue - 1_000]), AnyEntry.Array[1, 600]).Sample((first, some) =>
        {
            Entry[] entries = Number(some, first);
            byte[] body = new CommitBodyWriter().Encode(entries);
            Assert.Equal(entries, CommitBody.Decode(body, entries[0].Sequence, entries[^1].Sequence));
        }, iter: 300);

    [Fact]
    public void Any_range_is_decoded_as_within_the_whole() =>
        Gen.Select(AnyEntry.Array[1, 600], Gen.Int[0, 599].Array[2, 8]).Sample((some, places) =>
        {
            Entry[] entries = Number(some, 7);
            byte[] body = new CommitBodyWriter().Encode(entries);
            CommitBodyIndex index = CommitBodyIndex.Read(body, body.Length, entries[0].Sequence, entries[^1].Sequence);
            EntryCollector collector = new();
            List<Entry> expected = [];
            foreach (int[] ends in places.Select(place => place % entries.Length).Order().Chunk(2))
            {
                EntryRange range = new(entries[ends[0]].Sequence, entries[ends[^1]].Sequence);
                expected.AddRange(entries[ends[0]..(ends[^1] + 1)]);
                if (!collector.TryAdd(range))
                {
                    (int offset, int end) = index.BytesOf(range);
                    collector.Add(body.AsSpan(offset, end - offset), index, range);
                }
            }

            Assert.Equal(expected, collector.Entries);
        }, iter: 300);

    [Fact]
    public void A_second_entry_that_repeats_the_account_of_the_first_is_refused()
    {
        byte[] body = Convert.FromHexString("0f01056361726f6c8100000081000000");
        InvalidRowException refused = Assert.Throws<InvalidRowException>(() => CommitBody.Decode(body, new Sequence(1), new Sequence(2)));
        Assert.Contains("an account is repeated", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_block_that_was_read_for_one_range_does_not_answer_another()
    {
        Entry[] entries = Long();
        byte[] body = new CommitBodyWriter().Encode(entries);
        CommitBodyIndex index = CommitBodyIndex.Read(body, body.Length, entries[0].Sequence, entries[^1].Sequence);
        // The last entry of the first block gets a kind that there is not.
        int last = body.AsSpan(0, index.OffsetOf(1)).LastIndexOf((byte)((int)entries[255].Kind | 0xC0));
        body[last] = 0xFF;
        EntryCollector collector = new();
        collector.Add(body.AsSpan(index.OffsetOf(0)), index, new EntryRange(new Sequence(1), new Sequence(1)));
        EntryRange damaged = new(new Sequence(255), new Sequence(256));
        Assert.False(collector.TryAdd(damaged));
        Assert.Equal(entries[..1], collector.Entries);
        Assert.Throws<InvalidRowException>(() => collector.Add(body.AsSpan(index.OffsetOf(0)), index, damaged));
    }

    [Fact]
    public void A_commit_at_the_last_place_there_is_is_refused_as_damage() =>
        Assert.Throws<InvalidRowException>(() => CommitBody.Decode(new CommitBodyWriter().Encode(Long()), new Sequence(long.MaxValue - 299), new Sequence(long.MaxValue)));

    [Fact]
    public void The_format_never_changes()
    {
        // Journals in the field are encoded like this. journal_format.py computed the values from docs/architecture.md.
        // If this fails, add a new format instead of changing this one.
        Assert.Equal(
            "6903056361726f6c074dc39c4c4c45520762696c6c696e6701ff000109d804808083b8a3d1cd05088080bbdd83050a0c1f036b6579"
            + "0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20097265666572656e636506726561736f6e02c30000",
            Convert.ToHexStringLower(new CommitBodyWriter().Encode(SealTests.Example().Entries)));
        byte[] body = new CommitBodyWriter().Encode(Long());
        Assert.Equal(
            (4657, "e1d44b28d901a3e85c11470da4b00a10ecda7f3bd0da6e3e9842e67cb596e51c"),
            (body.Length, Convert.ToHexStringLower(SHA256.HashData(body))));
    }

    [Fact]
    public void A_writer_gives_the_same_bytes_for_the_same_entries_whatever_it_encoded_before()
    {
        CommitBodyWriter writer = new();
        byte[] first = writer.Encode(Long());
        writer.Encode(SealTests.Example().Entries);
        writer.Encode(Number([.. Enumerable.Repeat(Long()[0] with { Payer = PayerName.FromTrusted(new string('x', 200)) }, 5_000)], 1));
        Assert.Equal(first, writer.Encode(Long()));
    }

    [Fact]
    public void Any_change_of_a_bit_is_decoded_or_refused_as_damage()
    {
        foreach (Entry[] entries in new[] { [.. SealTests.Example().Entries], Long() })
        {
            byte[] body = new CommitBodyWriter().Encode(entries);
            for (int bit = 0; bit < body.Length * 8; bit++)
            {
                byte[] changed = [.. body];
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                AssertDecodedOrRefused(changed, entries[0].Sequence.Value, entries.Length);
            }
        }
    }

    [Fact]
    public void Any_bytes_are_decoded_or_refused_as_damage()
    {
        byte[] valid = new CommitBodyWriter().Encode(Long());
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Long[-2, 1_000], Gen.Int[-2, 600]).Sample((bytes, first, count) => AssertDecodedOrRefused(bytes, first, count), iter: 20_000);
        Gen.Select(Gen.Byte.Array[1, 8], Gen.Int[0, valid.Length - 8], Gen.Int[0, valid.Length]).Sample((patch, at, length) =>
        {
            byte[] changed = [.. valid];
            patch.CopyTo(changed.AsSpan(at));
            AssertDecodedOrRefused(changed, 1, 300);
            AssertDecodedOrRefused(valid[..length], 1, 300);
        }, iter: 20_000);
    }

    [Theory]
    [InlineData(1, long.MaxValue)]
    [InlineData(long.MinValue, long.MaxValue)]
    [InlineData(0, 0)]
    [InlineData(5, 4)]
    [InlineData(1, int.MaxValue)]
    public void A_body_that_cannot_have_so_many_entries_is_refused_before_room_is_made_for_them(long first, long last)
    {
        byte[] body = new CommitBodyWriter().Encode(Long());
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<InvalidRowException>(() => CommitBody.Decode(body, new Sequence(first), new Sequence(last)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
        Assert.InRange(CommitBodyIndex.LengthMax(new Sequence(first), new Sequence(last)), 1, long.MaxValue);
    }

    [Theory]
    [InlineData("", "the commit does not have these entries")]
    [InlineData("0601056361726f6c", "its blocks end at byte 7, and it has 8")]
    [InlineData("0b01056361726f6c", "11 is more than 8")]
    [InlineData("0901056361726f6c8100", "ends too early")]
    [InlineData("0b01056361726f6c8c000000", "12 is not a kind of entry")]
    [InlineData("0b01056361726f6c80000000", "0 is not a kind of entry")]
    [InlineData("0b01056361726f6c81000100", "1 is more than 0")]
    [InlineData("0a01056361726f6cc10000", "the first entry has no account")]
    [InlineData("0c01056361726f6c8120000000", "0 is not a set of parts of an origin")]
    [InlineData("0c01056361726f6c8120000020", "32 is not a set of parts of an origin")]
    [InlineData("0c01056361726f6c8100008000", "a number is too long")]
    [InlineData("1401056361726f6c810000ffffffffffffffffff02", "a number is too long")]
    [InlineData("0c01056361726f6c8100000000", "goes on behind its last entry")]
    [InlineData("070101ff81000000", "a text is not UTF-8")]
    [InlineData("06010081000000", "a name is not an account")]
    [InlineData("0d02056361726f6c008101000100", "a name is not a payer")]
    [InlineData("0e01056361726f6c8120000001010a", "a text is not an idempotency key")]
    [InlineData("0c01056361726f6c8104000004", "-1 is not the place of an entry")]
    [InlineData("1501056361726f6c81020000feffffffffffffffff01", "a time is outside the years 1 to 9999")]
    [InlineData("0b01056361726f6c81400000", "amounts are not in their shortest form")]
    [InlineData("0b01056361726f6c81800000", "amounts are not in their shortest form")]
    [InlineData("0c01056361726f6c81c0000202", "amounts are not in their shortest form")]
    [InlineData("0c01056361726f6c0100000000", "an operation is repeated")]
    [InlineData("1002056361726f6c046461766581000000", "it has 2 names and needs 1")]
    [InlineData("1002056361726f6c046461766581000100", "1 is more than 0")]
    [InlineData("0e0401610162016301648100000000", "4 is more than 3")]
    public void A_body_that_nothing_writes_is_refused_with_its_fault(string hex, string fault)
    {
        Assert.Single(CommitBody.Decode(Convert.FromHexString("0b01056361726f6c81000000"), new Sequence(1), new Sequence(1)));
        InvalidRowException refused = Assert.Throws<InvalidRowException>(() => CommitBody.Decode(Convert.FromHexString(hex), new Sequence(1), new Sequence(1)));
        Assert.Contains(fault, refused.Message, StringComparison.Ordinal);
    }

    private static Gen<T> Const<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static void AssertDecodedOrRefused(byte[] body, long first, int count)
    {
        try
        {
            Entry[] entries = CommitBody.Decode(body, new Sequence(first), new Sequence(first + count - 1));
            Assert.Equal(count, entries.Length);
        }
        catch (InvalidRowException)
        {
            // Refused.
        }
    }

    private static Entry[] Number(Entry[] entries, long first) =>
        [.. entries.Select((entry, index) => entry with { Sequence = new Sequence(first + index), Operation = new Sequence(entry.Operation.Value < 0 ? first + index : entry.Operation.Value) })];

    /// <summary>The same as in journal_format.py: two blocks.</summary>
    private static Entry[] Long() => [.. Enumerable.Range(0, 300).Select(number => new Entry
    {
        Sequence = new Sequence(1 + number),
        Kind = (number % 3) switch { 0 => EntryKind.Credit, 1 => EntryKind.Draw, _ => EntryKind.Settlement },
        Account = AccountId.FromTrusted($"account-{number / 7}"),
        Payer = PayerName.FromTrusted(number % 2 == 0 ? "DANNON" : "UNILEVER"),
        Points = new Points((number % 3) switch { 0 => number * 1_000_003L, 1 => -number, _ => 0 }),
        LotPoints = new Points((number % 3) switch { 0 => number * 1_000_003L, 1 => -number, _ => -number * number }),
        OccurredAt = Support.Given.Day(number * 7 % 11),
        Lot = new Sequence(1 + number - (number % 5)),
        Operation = new Sequence(1 + number - (number % 3)),
    })];
}
