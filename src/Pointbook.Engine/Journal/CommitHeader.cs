using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>All that a store keeps of a commit besides body and texts. Immutable.</summary>
/// <param name="Id">The random id of the commit.</param>
/// <param name="Partition">The partition whose journal has the commit.</param>
/// <param name="Format">The version of the format of body and seal.</param>
/// <param name="First">The first entry.</param>
/// <param name="Last">The last entry.</param>
/// <param name="Time">The times of the commit.</param>
/// <param name="PreviousSeal">The seal of the commit before; 32 zero bytes for the first one.</param>
/// <param name="Seal">The seal.</param>
public sealed record CommitHeader(
    Guid Id, int Partition, int Format, Sequence First, Sequence Last, CommitTime Time, Digest PreviousSeal, Digest Seal)
{
    /// <summary>How many entries the commit has. It is not positive if the row is damaged.</summary>
    public long EntryCount => unchecked(Last.Value - First.Value + 1);
}
