using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>What a decision needs besides state and command: its place and its time. Immutable.</summary>
/// <param name="Next">The sequence that the first entry gets.</param>
/// <param name="DecidedAt">The clock at the decision.</param>
/// <param name="TimestampMax">The latest timestamp that a transaction may carry.</param>
public readonly record struct DecisionContext(Sequence Next, Instant DecidedAt, Instant TimestampMax)
{
    /// <summary>How long after their timestamp credits expire that say nothing themselves; null if they do not.</summary>
    public CalendarPeriod? ExpiryAfter { get; init; }

    /// <summary>What became of the command's subject; null if nothing did, or if the command has none.</summary>
    public SubjectEnd? SubjectEnd { get; init; }
}
