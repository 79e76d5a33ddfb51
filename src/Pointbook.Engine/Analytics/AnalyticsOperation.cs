using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Analytics;

/// <summary>An operation in the form of the analytics tables. Immutable.</summary>
/// <param name="Id">Its id, as clients see it.</param>
/// <param name="Opening">The first entry of its account.</param>
/// <param name="First">Its first entry.</param>
/// <param name="Last">The sequence of its last entry.</param>
/// <param name="Points">Its change of the account's balance.</param>
/// <param name="Time">The times of its commit.</param>
public sealed record AnalyticsOperation(EntryId Id, Sequence Opening, Entry First, Sequence Last, Points Points, CommitTime Time)
{
    /// <summary>Its kind.</summary>
    public EntryKind Kind => OperationKind.Of(First);

    /// <summary>The balance of the account after the operation.</summary>
    public Points BalanceAfter => First.BalanceBefore + Points;

    /// <summary>When the hold of a pending spend ends; null for every other operation.</summary>
    public Instant? HoldUntil => First.Kind == EntryKind.Spend ? First.ExpiresAt : null;
}
