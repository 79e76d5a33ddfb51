using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>The checked beginning of an operation in the journal. Immutable.</summary>
/// <param name="Time">The times of its commit.</param>
/// <param name="Operation">Its outline.</param>
internal sealed record RecordedOperation(CommitTime Time, OperationOutline Operation)
{
    /// <summary>When the operation was recorded.</summary>
    public Instant RecordedAt => Time.RecordedAt;
}
