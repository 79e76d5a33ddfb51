using System.Globalization;

namespace Pointbook.Ledger.Values;

/// <summary>A point in time in UTC, in whole microseconds.</summary>
/// <remarks>From 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999Z. This scale has no leap seconds.</remarks>
public readonly record struct Instant : IComparable<Instant>
{
    internal const long MicrosecondsMin = -62_135_596_800_000_000;
    private const long MicrosecondsMax = 253_402_300_799_999_999;

    /// <summary>Creates an instant from a number that is known to be in range.</summary>
    internal Instant(long microseconds) => UnixMicroseconds = microseconds;

    /// <summary>The earliest instant: 0001-01-01T00:00:00Z.</summary>
    public static Instant MinValue => new(MicrosecondsMin);

    /// <summary>The latest instant: 9999-12-31T23:59:59.999999Z.</summary>
    public static Instant MaxValue => new(MicrosecondsMax);

    /// <summary>Microseconds since 1970-01-01T00:00:00Z; negative before it.</summary>
    public long UnixMicroseconds { get; }

    /// <summary>Whether the left instant is earlier.</summary>
    public static bool operator <(Instant left, Instant right) => left.UnixMicroseconds < right.UnixMicroseconds;

    /// <summary>Whether the left instant is later.</summary>
    public static bool operator >(Instant left, Instant right) => left.UnixMicroseconds > right.UnixMicroseconds;

    /// <summary>Whether the left instant is not later.</summary>
    public static bool operator <=(Instant left, Instant right) => left.UnixMicroseconds <= right.UnixMicroseconds;

    /// <summary>Whether the left instant is not earlier.</summary>
    public static bool operator >=(Instant left, Instant right) => left.UnixMicroseconds >= right.UnixMicroseconds;

    /// <summary>The instant that many microseconds after (or before) 1970-01-01T00:00:00Z.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The result is outside years 1 to 9999.</exception>
    public static Instant FromUnixMicroseconds(long microseconds)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(microseconds, MicrosecondsMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(microseconds, MicrosecondsMax);
        return new Instant(microseconds);
    }

    /// <summary>The instant that many microseconds after (or before) 1970-01-01T00:00:00Z, or null if it is outside years 1 to 9999.</summary>
    public static Instant? TryFromUnixMicroseconds(long microseconds) =>
        microseconds is < MicrosecondsMin or > MicrosecondsMax ? null : new Instant(microseconds);

    /// <summary>The same instant, truncated to whole microseconds (towards the past).</summary>
    public static Instant FromDateTimeOffset(DateTimeOffset value) =>
        new((value.UtcTicks / TimeSpan.TicksPerMicrosecond) + MicrosecondsMin);

    /// <summary>The same instant with offset zero.</summary>
    public DateTimeOffset ToDateTimeOffset() =>
        new((UnixMicroseconds - MicrosecondsMin) * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    /// <summary>The instant plus <paramref name="duration"/>, limited to the valid range.</summary>
    public Instant PlusClamped(TimeSpan duration)
    {
        long microseconds = UnixMicroseconds + (duration.Ticks / TimeSpan.TicksPerMicrosecond);
        return new Instant(Math.Clamp(microseconds, MicrosecondsMin, MicrosecondsMax));
    }

    /// <inheritdoc/>
    public int CompareTo(Instant other) => UnixMicroseconds.CompareTo(other.UnixMicroseconds);

    /// <summary>RFC 3339 in UTC with as many fraction digits as needed, such as <c>2020-11-02T14:00:00.25Z</c>.</summary>
    public override string ToString() =>
        ToDateTimeOffset().ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'", CultureInfo.InvariantCulture);
}
