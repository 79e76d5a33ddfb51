using CsCheck;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Entries;

/// <summary>The only comparer of lots defines a total order: by timestamp, then by sequence.</summary>
public static class LotKeyTests
{
    private static readonly Gen<LotKey> Key = Gen.Select(
        Gen.Frequency((3, Gen.Long[-2, 2]), (1, Gen.Long[Instant.MinValue.UnixMicroseconds, Instant.MaxValue.UnixMicroseconds])),
        Gen.Frequency((3, Gen.Long[0, 3]), (1, Gen.Long[0, long.MaxValue])),
        (microseconds, sequence) => new LotKey(Instant.FromUnixMicroseconds(microseconds), new Sequence(sequence)));

    [Fact]
    public static void Keys_are_ordered_by_timestamp_then_by_sequence() => Gen.Select(Key, Key).Sample(
        (left, right) =>
        {
            int expected = (left.OccurredAt.UnixMicroseconds, left.Sequence.Value)
                .CompareTo((right.OccurredAt.UnixMicroseconds, right.Sequence.Value));
            Assert.Equal(Math.Sign(expected), Math.Sign(left.CompareTo(right)));
        },
        iter: 20_000);

    [Fact]
    public static void The_order_is_total() => Gen.Select(Key, Key, Key).Sample(
        (a, b, c) =>
        {
            Assert.Equal(Math.Sign(a.CompareTo(b)), -Math.Sign(b.CompareTo(a)));
            Assert.Equal(a == b, a.CompareTo(b) == 0);
            Assert.False(a <= b && b <= c && !(a <= c), "The order is not transitive.");
        },
        iter: 20_000);

    [Fact]
    public static void The_operators_agree_with_the_comparison() => Gen.Select(Key, Key).Sample(
        (left, right) =>
        {
            int order = left.CompareTo(right);
            Assert.Equal(
                (order > 0, order < 0, order >= 0, order <= 0),
                (left > right, left < right, left >= right, left <= right));
        },
        iter: 20_000);
}
