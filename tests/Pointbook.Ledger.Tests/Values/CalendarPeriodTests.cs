using Pointbook.Ledger.Tests.Support;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Tests.Values;

public static class CalendarPeriodTests
{
    [Theory]
    [InlineData("2023-01-31T10:00Z", 1, 0, "2023-02-28T10:00Z")]
    [InlineData("2024-01-31T10:00Z", 1, 0, "2024-02-29T10:00Z")]
    [InlineData("2024-02-29T10:00Z", 12, 0, "2025-02-28T10:00Z")]
    [InlineData("2024-02-29T10:00Z", 48, 0, "2028-02-29T10:00Z")]
    [InlineData("2023-10-31T23:59:59.999999Z", 13, 0, "2024-11-30T23:59:59.999999Z")]
    [InlineData("2023-01-31T10:00Z", 1, 1, "2023-03-01T10:00Z")]
    [InlineData("2023-01-15T10:00Z", 0, 365, "2024-01-15T10:00Z")]
    [InlineData("2023-01-15T10:00Z", 0, 0, "2023-01-15T10:00Z")]
    [InlineData("0001-01-31T00:00Z", 1, 0, "0001-02-28T00:00Z")]
    public static void Months_are_counted_on_the_calendar_before_the_rest_is_added(string start, int months, int days, string end) =>
        Assert.Equal(Given.At(end), new CalendarPeriod(months, TimeSpan.FromDays(days)).AddTo(Given.At(start)));

    [Theory]
    [InlineData("9999-11-30T12:00Z", 1, 0, "9999-12-30T12:00Z")]
    [InlineData("9999-11-30T12:00Z", 2, 0, "9999-12-31T23:59:59.999999Z")]
    [InlineData("9999-12-01T00:00Z", 0, 40, "9999-12-31T23:59:59.999999Z")]
    [InlineData("9998-12-31T00:00Z", 12, 1, "9999-12-31T23:59:59.999999Z")]
    [InlineData("0001-01-01T00:00Z", 119_987, 0, "9999-12-01T00:00Z")]
    [InlineData("0001-01-01T00:00Z", 119_988, 0, "9999-12-31T23:59:59.999999Z")]
    [InlineData("0001-01-01T00:00Z", 120_000, 0, "9999-12-31T23:59:59.999999Z")]
    [InlineData("2020-01-01T00:00Z", 120_000, 0, "9999-12-31T23:59:59.999999Z")]
    public static void A_sum_stops_at_the_last_instant(string start, int months, int days, string end) =>
        Assert.Equal(Given.At(end), new CalendarPeriod(months, TimeSpan.FromDays(days)).AddTo(Given.At(start)));

    [Fact]
    public static void The_longest_period_stops_at_the_last_instant() =>
        Assert.Equal(Instant.MaxValue, new CalendarPeriod(120_000, TimeSpan.MaxValue).AddTo(Instant.MinValue));
}
