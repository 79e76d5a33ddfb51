using CsCheck;
using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Values;

/// <summary>Time in whole microseconds, from year 1 to year 9999.</summary>
public static class InstantTests
{
    private static readonly Gen<Instant> Any = Gen.Long[Instant.MinValue.UnixMicroseconds, Instant.MaxValue.UnixMicroseconds]
        .Select(Instant.FromUnixMicroseconds);

    [Fact]
    public static void The_range_is_years_1_to_9999()
    {
        Assert.Equal("0001-01-01T00:00:00Z", Instant.MinValue.ToString());
        Assert.Equal("9999-12-31T23:59:59.999999Z", Instant.MaxValue.ToString());
        Assert.Equal(Instant.MinValue, Instant.FromDateTimeOffset(DateTimeOffset.MinValue));
        Assert.Equal(Instant.MaxValue, Instant.FromDateTimeOffset(DateTimeOffset.MaxValue));
    }

    [Fact]
    public static void Microseconds_outside_the_range_are_rejected()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Instant.FromUnixMicroseconds(Instant.MinValue.UnixMicroseconds - 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Instant.FromUnixMicroseconds(Instant.MaxValue.UnixMicroseconds + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => Instant.FromUnixMicroseconds(long.MinValue));
        Assert.Throws<ArgumentOutOfRangeException>(() => Instant.FromUnixMicroseconds(long.MaxValue));
    }

    [Theory]
    [InlineData("1970-01-01T00:00Z", 0)]
    [InlineData("1970-01-01T00:00:00.000001Z", 1)]
    [InlineData("1969-12-31T23:59:59.999999Z", -1)]
    [InlineData("1970-01-01T00:00:00.0000019Z", 1)]
    [InlineData("1969-12-31T23:59:59.9999999Z", -1)]
    [InlineData("1969-12-31T23:59:59.9999990Z", -1)]
    [InlineData("1969-12-31T23:59:59.9999989Z", -2)]
    [InlineData("2020-11-02T14:00:00Z", 1_604_325_600_000_000)]
    [InlineData("2020-11-02T16:00:00+02:00", 1_604_325_600_000_000)]
    [InlineData("2020-11-02T03:30:00-10:30", 1_604_325_600_000_000)]
    public static void Offsets_are_converted_and_fractions_of_a_microsecond_are_rounded_down(string timestamp, long microseconds) =>
        Assert.Equal(microseconds, Given.At(timestamp).UnixMicroseconds);

    [Theory]
    [InlineData(0, "1970-01-01T00:00:00Z")]
    [InlineData(-1, "1969-12-31T23:59:59.999999Z")]
    [InlineData(250_000, "1970-01-01T00:00:00.25Z")]
    [InlineData(1, "1970-01-01T00:00:00.000001Z")]
    [InlineData(1_604_325_600_000_000, "2020-11-02T14:00:00Z")]
    public static void An_instant_is_written_in_UTC_with_as_many_digits_as_needed(long microseconds, string text) =>
        Assert.Equal(text, Instant.FromUnixMicroseconds(microseconds).ToString());

    [Fact]
    public static void A_written_instant_reads_back_unchanged() => Any.Sample(
        instant =>
        {
            Assert.Equal(instant, Given.At(instant.ToString()));
            Assert.Equal(instant, Instant.FromDateTimeOffset(instant.ToDateTimeOffset()));
            Assert.Equal(instant, Instant.FromUnixMicroseconds(instant.UnixMicroseconds));
        },
        iter: 5_000);

    [Fact]
    public static void Instants_are_ordered_like_their_microseconds() => Gen.Select(Any, Any).Sample(
        (left, right) =>
        {
            int order = left.UnixMicroseconds.CompareTo(right.UnixMicroseconds);
            Assert.Equal(order, left.CompareTo(right));
            Assert.Equal((order > 0, order < 0, order >= 0, order <= 0), (left > right, left < right, left >= right, left <= right));
        },
        iter: 5_000);

    [Fact]
    public static void Clamped_addition_stops_at_the_ends_of_the_range()
    {
        Assert.Equal(Given.At("2020-01-02T00:00Z"), Given.Day(1).PlusClamped(TimeSpan.FromDays(1)));
        Assert.Equal(Given.At("2019-12-31T23:59:59.999999Z"), Given.Day(1).PlusClamped(TimeSpan.FromMicroseconds(-1)));
        Assert.Equal(Instant.MaxValue, Instant.MaxValue.PlusClamped(TimeSpan.FromMicroseconds(1)));
        Assert.Equal(Instant.MaxValue, Given.Day(1).PlusClamped(TimeSpan.MaxValue));
        Assert.Equal(Instant.MinValue, Given.Day(1).PlusClamped(TimeSpan.MinValue));
    }
}
