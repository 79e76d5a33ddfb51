using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>What the loyalty programme has decided on. Immutable.</summary>
public sealed record LedgerPolicy
{
    /// <summary>How long after their timestamp credits expire that say nothing themselves; null if they do not. A change never touches credits that are there.</summary>
    public CalendarPeriod? ExpiryAfter { get; init; }

    /// <summary>How long an idempotency key counts as used after its write was recorded; more than zero.</summary>
    public TimeSpan KeysKeptFor { get; init; } = TimeSpan.FromDays(7);
}
