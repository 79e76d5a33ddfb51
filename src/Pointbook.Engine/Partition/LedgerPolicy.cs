using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>The rules that the loyalty programme has chosen. Immutable.</summary>
public sealed record LedgerPolicy
{
    /// <summary>How long after its timestamp a credit without its own expiry expires; null if it does not. A change never affects existing credits.</summary>
    public CalendarPeriod? ExpiryAfter { get; init; }

    /// <summary>How long after its write was decided an idempotency key counts as used; more than zero.</summary>
    public TimeSpan KeysKeptFor { get; init; } = TimeSpan.FromDays(7);
}
