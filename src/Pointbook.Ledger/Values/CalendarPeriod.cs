namespace Pointbook.Ledger.Values;

/// <summary>A length of time on the UTC calendar: whole months, then an exact duration. Immutable.</summary>
/// <param name="Months">0 to 120,000; a year has twelve.</param>
/// <param name="Rest">What is added after the months, not negative.</param>
public readonly record struct CalendarPeriod(int Months, TimeSpan Rest)
{
    /// <summary>The instant later by this period. A day that the month does not have becomes its last day, and the end of the range holds.</summary>
    public Instant AddTo(Instant instant)
    {
        DateTimeOffset start = instant.ToDateTimeOffset();
        int monthsLeft = ((DateTimeOffset.MaxValue.Year - start.Year) * 12) + DateTimeOffset.MaxValue.Month - start.Month;
        return Months > monthsLeft ? Instant.MaxValue : Instant.FromDateTimeOffset(start.AddMonths(Months)).PlusClamped(Rest);
    }
}
