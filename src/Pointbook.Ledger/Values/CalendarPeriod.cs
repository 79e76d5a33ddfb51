namespace Pointbook.Ledger.Values;

/// <summary>A length of time on the UTC calendar: whole months, then an exact duration. Immutable.</summary>
/// <param name="Months">0 to 120,000; a year has twelve.</param>
/// <param name="Rest">The duration added after the months, not negative.</param>
public readonly record struct CalendarPeriod(int Months, TimeSpan Rest)
{
    /// <summary>The instant plus this period. A day that the month lacks becomes the month's last day. The result is at most <see cref="Instant.MaxValue"/>.</summary>
    public Instant AddTo(Instant instant)
    {
        DateTimeOffset start = instant.ToDateTimeOffset();
        int monthsLeft = ((DateTimeOffset.MaxValue.Year - start.Year) * 12) + DateTimeOffset.MaxValue.Month - start.Month;
        return Months > monthsLeft ? Instant.MaxValue : Instant.FromDateTimeOffset(start.AddMonths(Months)).PlusClamped(Rest);
    }
}
