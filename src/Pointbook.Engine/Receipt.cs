using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine;

/// <summary>The operation that a command wrote. Immutable.</summary>
/// <param name="Partition">The partition that wrote it.</param>
/// <param name="Time">The times of its commit; for a command that wrote nothing, the times of the decision.</param>
/// <param name="Operation">The operation; without entries for a flush without a key that found nothing to empty.</param>
/// <param name="IsReplay">Whether this replays the answer to an earlier command with the same key.</param>
public sealed record Receipt(int Partition, CommitTime Time, OperationOutline Operation, bool IsReplay)
{
    /// <summary>The clock at the decision.</summary>
    public Instant DecidedAt => Time.DecidedAt;

    /// <summary>When the operation was recorded.</summary>
    public Instant RecordedAt => Time.RecordedAt;
    /// <summary>The first entry of the operation.</summary>
    /// <exception cref="InvalidOperationException">Nothing was written.</exception>
    public Entry Head => Operation.EntryCount > 0
        ? Operation.FirstEntries[0]
        : throw new InvalidOperationException("A command that wrote nothing has no first entry.");

    /// <summary>The id of the operation, which is that of its first entry.</summary>
    /// <exception cref="InvalidOperationException">Nothing was written.</exception>
    public EntryId Id => new(Partition, Head.Sequence);
}
