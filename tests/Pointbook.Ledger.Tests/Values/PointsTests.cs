using System.Numerics;
using CsCheck;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Values;

/// <summary>Points are signed 64-bit numbers that never wrap around.</summary>
public static class PointsTests
{
    private static readonly Gen<Points> Any = Gen.Frequency(
        (1, Gen.OneOf(long.MinValue, long.MinValue + 1, long.MaxValue, long.MaxValue - 1, 0, 1, -1)),
        (2, Gen.Long)).Select(value => new Points(value));

    [Fact]
    public static void A_sum_is_exact_if_it_fits() => Gen.Select(Any, Any).Sample(
        (left, right) =>
        {
            BigInteger expected = (BigInteger)left.Value + right.Value;
            bool fits = expected >= long.MinValue && expected <= long.MaxValue;

            Assert.Equal(fits, Points.TryAdd(left, right, out Points sum));
            Assert.Equal(fits ? expected : 0, sum.Value);
            AssertChecked(expected, () => left + right);
            AssertChecked((BigInteger)left.Value - right.Value, () => left - right);
        },
        iter: 20_000);

    [Fact]
    public static void Sign_and_magnitude_are_those_of_the_number() => Any.Sample(
        points =>
        {
            Assert.Equal(BigInteger.Abs(points.Value), points.Magnitude);
            Assert.Equal(
                (points.Value > 0, points.Value < 0, points.Value == 0),
                (points.IsPositive, points.IsNegative, points.IsZero));
            AssertChecked(-(BigInteger)points.Value, () => -points);
        },
        iter: 5_000);

    [Fact]
    public static void Points_are_ordered_like_their_numbers() => Gen.Select(Any, Any).Sample(
        (left, right) =>
        {
            int order = left.Value.CompareTo(right.Value);
            Assert.Equal(order, left.CompareTo(right));
            Assert.Equal((order > 0, order < 0, order >= 0, order <= 0), (left > right, left < right, left >= right, left <= right));
            Assert.Equal(Math.Min(left.Value, right.Value), Points.Min(left, right).Value);
        },
        iter: 5_000);

    [Fact]
    public static void Points_are_written_with_invariant_digits() => Assert.Equal("-1234567", new Points(-1_234_567).ToString());

    private static void AssertChecked(BigInteger expected, Func<Points> compute)
    {
        if (expected < long.MinValue || expected > long.MaxValue)
        {
            Assert.Throws<OverflowException>(() => _ = compute());
        }
        else
        {
            Assert.Equal(expected, compute().Value);
        }
    }
}
