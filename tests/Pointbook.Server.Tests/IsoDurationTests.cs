using Pointbook.Ledger.Values;
using Pointbook.Server.Json;

namespace Pointbook.Server.Tests;

public sealed class IsoDurationTests
{
    [Theory]
    [InlineData("PT15M", "00:15:00")]
    [InlineData("P1D", "1.00:00:00")]
    [InlineData("P1DT2H3M4S", "1.02:03:04")]
    [InlineData("PT90M", "01:30:00")]
    [InlineData("PT1.5S", "00:00:01.5")]
    [InlineData("PT0.0000019S", "00:00:00.000001")]
    [InlineData("PT0S", "00:00:00")]
    public void A_duration_of_days_and_time_is_read(string text, string duration)
    {
        Assert.True(IsoDuration.TryParseTime(text, out TimeSpan value, out string? error), error);
        Assert.Equal(TimeSpan.Parse(duration, System.Globalization.CultureInfo.InvariantCulture), value);
    }

    [Theory]
    [InlineData("P1Y", 12, "00:00:00")]
    [InlineData("P1Y6M", 18, "00:00:00")]
    [InlineData("P2W", 0, "14.00:00:00")]
    [InlineData("P1Y2M3W4DT5H6M7S", 14, "25.05:06:07")]
    [InlineData("P10000Y", 120_000, "00:00:00")]
    public void A_period_keeps_months_and_time_apart(string text, int months, string rest)
    {
        Assert.True(IsoDuration.TryParsePeriod(text, out CalendarPeriod value, out string? error), error);
        Assert.Equal(new CalendarPeriod(months, TimeSpan.Parse(rest, System.Globalization.CultureInfo.InvariantCulture)), value);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1Y")]
    [InlineData("P")]
    [InlineData("PT")]
    [InlineData("P1")]
    [InlineData("P1H")]
    [InlineData("PT1D")]
    [InlineData("P1Y1Y")]
    [InlineData("P1M1Y")]
    [InlineData("P-1Y")]
    [InlineData("-P1Y")]
    [InlineData("PT-0S")]
    [InlineData("P1.5Y")]
    [InlineData(" P1Y")]
    [InlineData("P1Y ")]
    [InlineData("P1Y\0")]
    [InlineData("P١Y")]
    public void Other_texts_are_not_durations(string text)
    {
        Assert.False(IsoDuration.TryParsePeriod(text, out _, out string? error));
        Assert.Contains("is not an ISO 8601 duration", error, StringComparison.Ordinal);
        Assert.False(IsoDuration.TryParseTime(text, out _, out _));
    }

    [Theory]
    [InlineData("P10000Y1M")]
    [InlineData("P2147483647Y")]
    [InlineData("P2147483647W")]
    [InlineData("PT9223372036854775807H")]
    public void Durations_that_are_too_long_are_rejected(string text)
    {
        Assert.False(IsoDuration.TryParsePeriod(text, out _, out string? error));
        Assert.Contains("too long", error, StringComparison.Ordinal);
    }
}
