using System.Diagnostics.CodeAnalysis;
using System.Xml;
using NodaTime;
using NodaTime.Text;
using Pointbook.Ledger.Values;

namespace Pointbook.Server.Json;

/// <summary>Converts durations from and to text: ISO 8601, such as <c>PT15M</c> or <c>P1Y6M</c>, without signs.</summary>
internal static class IsoDuration
{
    private const int MonthsPerYear = 12;
    private const int MonthsMax = 120_000;
    private const int DaysPerWeek = 7;

    /// <summary>Parses a duration of days and parts of days.</summary>
    /// <param name="text">The text.</param>
    /// <param name="duration">The duration, truncated to microseconds.</param>
    /// <param name="error">Null, or the fault and its fix, as the end of a sentence that begins with the member's name.</param>
    public static bool TryParseTime(string text, out TimeSpan duration, [NotNullWhen(false)] out string? error)
    {
        duration = default;
        if (!TryParse(text, out Period? period, out error))
        {
            return false;
        }

        error = period is not { Years: 0, Months: 0, Weeks: 0 } ? "must not contain years, months or weeks. Use days, hours, minutes and seconds"
            : !TryMeasure(period, out duration) ? "is too long. Use a shorter duration"
            : null;
        return error is null;
    }

    /// <summary>Parses a duration that may contain years and months, which vary in length.</summary>
    /// <param name="text">The text.</param>
    /// <param name="period">The duration.</param>
    /// <param name="error">As for <see cref="TryParseTime"/>.</param>
    public static bool TryParsePeriod(string text, out CalendarPeriod period, [NotNullWhen(false)] out string? error)
    {
        period = default;
        if (!TryParse(text, out Period? parsed, out error))
        {
            return false;
        }

        long months = ((long)parsed.Years * MonthsPerYear) + parsed.Months;
        if (months > MonthsMax || !TryMeasure(parsed, out TimeSpan rest))
        {
            error = "is too long. Use a shorter duration";
            return false;
        }

        period = new CalendarPeriod((int)months, rest);
        return true;
    }

    /// <summary>Writes a duration as days and parts of days, such as <c>PT15M</c>.</summary>
    public static string Write(TimeSpan duration) => XmlConvert.ToString(duration);

    private static bool TryParse(string text, [NotNullWhen(true)] out Period? period, [NotNullWhen(false)] out string? error)
    {
        ParseResult<Period> result = PeriodPattern.NormalizingIso.Parse(text);
        bool isPeriod = result.TryGetValue(Period.Zero, out period);
        error = isPeriod && !text.Contains('-', StringComparison.Ordinal) ? null : "is not an ISO 8601 duration. Use a duration such as \"PT15M\"";
        return error is null;
    }

    /// <summary>The length without years and months. Each part may be near the end of its range, so the sum has 128 bits.</summary>
    private static bool TryMeasure(Period period, out TimeSpan length)
    {
        Int128 days = ((Int128)period.Weeks * DaysPerWeek) + period.Days;
        Int128 ticks = (days * TimeSpan.TicksPerDay)
            + ((Int128)period.Hours * TimeSpan.TicksPerHour)
            + ((Int128)period.Minutes * TimeSpan.TicksPerMinute)
            + ((Int128)period.Seconds * TimeSpan.TicksPerSecond)
            + ((Int128)period.Milliseconds * TimeSpan.TicksPerMillisecond)
            + period.Ticks
            + (period.Nanoseconds / TimeSpan.NanosecondsPerTick);
        bool fits = ticks <= TimeSpan.MaxValue.Ticks;
        length = fits ? new TimeSpan((long)(ticks - (ticks % TimeSpan.TicksPerMicrosecond))) : default;
        return fits;
    }
}
