using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Rules;

/// <summary>What a decision needs besides state and command: its place and its time. Immutable.</summary>
/// <param name="Next">The sequence that the first entry gets.</param>
/// <param name="TimestampMax">The latest timestamp that a transaction may carry.</param>
public readonly record struct DecisionContext(Sequence Next, Instant TimestampMax);
