using CsCheck;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.Engine.Tests.AccountStore;

/// <summary>Every item that a format writes can be read again unchanged.</summary>
public sealed class FormatTests
{
    private static readonly Gen<Instant> AnyInstant = Gen.Frequency(
        (6, Gen.Long[Instant.MinValue.UnixMicroseconds, Instant.MaxValue.UnixMicroseconds].Select(Instant.FromUnixMicroseconds)),
        (1, Gen.Const(Instant.MinValue)),
        (1, Gen.Const(Instant.MaxValue)));

    private static readonly Gen<long> AnyNumber = Gen.Frequency((4, Gen.Long[0, long.MaxValue]), (4, Gen.Long[0, 200]), (1, Gen.Const(long.MaxValue)));
    private static readonly Gen<Sequence> AnySequence = AnyNumber.Select(value => new Sequence(value));
    private static readonly Gen<Points> AnyPoints = AnyNumber.Select(value => new Points(value));

    private static readonly Gen<PayerName> AnyPayer = Gen.Frequency(
        (4, Gen.Int[0, 9].Select(number => Given.Payer($"PAYER {number}"))),
        (1, Gen.Int[1, 200].Select(length => Given.Payer(string.Concat(Enumerable.Repeat("\U0001F642", length))))));

    private static readonly Gen<LotSnapshot> AnyLot = Gen.Select(
        AnyInstant, AnySequence, AnyPayer, AnyPoints, AnyInstant, Gen.Bool,
        (occurredAt, sequence, payer, points, expiresAt, expires) => new LotSnapshot(new LotKey(occurredAt, sequence), payer, points, expires ? expiresAt : null));

    private static readonly Gen<HoldSnapshot> AnyHold = Gen.Select(
        AnySequence, AnyInstant, AnyLot.Array[0, 5],
        (spend, endsAt, lots) => new HoldSnapshot(spend, endsAt, [.. lots.Select(lot => new HeldDraw(lot.Key, lot.Payer, lot.Remaining, lot.ExpiresAt))]));

    private static readonly Gen<StoredKey> AnyKey = Gen.Select(
        Gen.ULong, Gen.ULong, Gen.Byte.Array[Digest.Length], AnySequence, AnyInstant,
        (high, low, hash, operation, decidedAt) => new StoredKey(new UInt128(high, low), new KeyRecord(new Digest(hash), operation, decidedAt)));

    private static readonly Gen<StoredEnd> AnyEnd = Gen.Select(
        AnySequence, AnySequence, Gen.Int[0, 2],
        (subject, operation, kind) => new StoredEnd(subject, new SubjectEnd(new[] { EntryKind.Capture, EntryKind.Reversal, EntryKind.Restore }[kind], operation)));

    [Fact]
    public void Lots_survive_a_round_trip() => AnyLot.Array[0, 30].Sample(lots => AssertSame<LotKey, LotSnapshot, LotFormat>(lots, Assert.Equal));

    [Fact]
    public void Holds_survive_a_round_trip() => AnyHold.Array[0, 10].Sample(holds => AssertSame<Sequence, HoldSnapshot, HoldFormat>(holds, (expected, actual) =>
    {
        Assert.Equal(expected.Select(hold => (hold.Spend, hold.EndsAt, hold.Draws.Count)), actual.Select(hold => (hold.Spend, hold.EndsAt, hold.Draws.Count)));
        Assert.Equal(expected.SelectMany(hold => hold.Draws), actual.SelectMany(hold => hold.Draws));
    }));

    [Fact]
    public void Payer_lines_survive_a_round_trip() => Gen.Select(AnyPayer, AnyPoints, AnyPoints, AnySequence, (name, balance, outstanding, first) => new PayerSnapshot(name, balance, outstanding, first))
        .Array[0, 20].Sample(payers => AssertSame<PayerName, PayerSnapshot, PayerFormat>(payers, Assert.Equal));

    [Fact]
    public void Keys_survive_a_round_trip() => AnyKey.Array[0, 20].Sample(keys => AssertSame<UInt128, StoredKey, KeyFormat>(keys, Assert.Equal));

    [Fact]
    public void Captures_reversals_and_restores_survive_a_round_trip() => AnyEnd.Array[0, 30].Sample(ends => AssertSame<Sequence, StoredEnd, EndFormat>(ends, Assert.Equal));

    private static void AssertSame<TKey, TItem, TFormat>(TItem[] items, Action<IEnumerable<TItem>, IEnumerable<TItem>> compare)
        where TKey : IComparable<TKey>
        where TFormat : ISectionFormat<TKey, TItem>
    {
        List<TItem> sorted = [.. items.DistinctBy(TFormat.KeyOf).OrderBy(TFormat.KeyOf)];
        ByteWriter writer = new();
        TFormat.WriteItems(writer, sorted);
        ByteReader reader = new(writer.Written);
        List<TItem> read = [];
        TFormat.ReadItems(ref reader, sorted.Count, read);
        compare(sorted, read);
        Assert.Equal(0, reader.Remaining);
        foreach (TKey key in sorted.Select(TFormat.KeyOf))
        {
            writer.Clear();
            TFormat.WriteKey(writer, key);
            ByteReader keyReader = new(writer.Written);
            Assert.Equal(key, TFormat.ReadKey(ref keyReader));
            Assert.Equal(0, keyReader.Remaining);
        }
    }
}
