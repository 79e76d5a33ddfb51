using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>What a decision needs besides the state and the command: its sequence and its time. Immutable.</summary>
/// <param name="Next">The sequence of the first entry.</param>
/// <param name="DecidedAt">The clock at the decision.</param>
/// <param name="TimestampMax">The latest valid timestamp of a transaction.</param>
public readonly record struct DecisionContext(Sequence Next, Instant DecidedAt, Instant TimestampMax)
{
    /// <summary>How long after its timestamp a credit without an expiry expires; null if it never does.</summary>
    public CalendarPeriod? ExpiryAfter { get; init; }

    /// <summary>The operation that ended the command's subject; null if none did, or if the command has no subject.</summary>
    public SubjectEnd? SubjectEnd { get; init; }
}
