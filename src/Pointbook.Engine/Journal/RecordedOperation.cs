using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>One operation as the journal keeps it. Immutable.</summary>
/// <param name="Time">The times of its commit.</param>
/// <param name="Entries">Its entries in order.</param>
public sealed record RecordedOperation(CommitTime Time, IReadOnlyList<Entry> Entries)
{
    /// <summary>When it was recorded.</summary>
    public Instant RecordedAt => Time.RecordedAt;
}
