using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>The beginning of an operation as the journal keeps it, checked. Immutable.</summary>
/// <param name="Time">The times of its commit.</param>
/// <param name="Operation">What it wrote.</param>
internal sealed record RecordedOperation(CommitTime Time, OperationOutline Operation)
{
    /// <summary>When it was recorded.</summary>
    public Instant RecordedAt => Time.RecordedAt;
}
