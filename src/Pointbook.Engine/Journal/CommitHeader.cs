using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The stored data of a commit besides body and texts. Immutable.</summary>
/// <param name="Id">The random id of the commit.</param>
/// <param name="Partition">The partition whose journal contains the commit.</param>
/// <param name="Format">The format version of body and seal.</param>
/// <param name="First">The first entry.</param>
/// <param name="Last">The last entry.</param>
/// <param name="Time">The times of the commit.</param>
/// <param name="PreviousSeal">The seal of the previous commit; 32 zero bytes for the first commit.</param>
/// <param name="Seal">The seal.</param>
public sealed record CommitHeader(
    Guid Id, int Partition, int Format, Sequence First, Sequence Last, CommitTime Time, Digest PreviousSeal, Digest Seal)
{
    /// <summary>The number of entries in the commit. It is not positive if the row is damaged.</summary>
    public long EntryCount => unchecked(Last.Value - First.Value + 1);
}
