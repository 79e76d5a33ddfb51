using System.Globalization;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite.Analytics;

/// <summary>Times in the format of the analytics tables: RFC 3339 in UTC, always with six fractional digits, so that they sort as text.</summary>
internal static class AnalyticsTime
{
    public static string ToText(Instant instant) =>
        instant.ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    public static string? ToText(Instant? instant) => instant is { } given ? ToText(given) : null;
}
