using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>The sealed summary of an operation, whatever its number of entries. Immutable.</summary>
/// <param name="First">Its first entry.</param>
/// <param name="EntryCount">The number of its entries.</param>
/// <param name="Payers">Its change for each payer: first payers whose entries are not only settlements, then the others, each in order of first entry.</param>
/// <param name="Time">The times of its commit.</param>
public sealed record OperationHead(Entry First, int EntryCount, IReadOnlyList<OperationPayer> Payers, CommitTime Time)
{
    /// <summary>Its kind, see <see cref="OperationKind"/>.</summary>
    public EntryKind Kind => OperationKind.Of(First);

    /// <summary>Its last entry; all entries between belong to the operation.</summary>
    public Sequence Last => First.Sequence.Plus(EntryCount - 1);

    /// <summary>Whether it has an entry of a payer.</summary>
    public bool Concerns(PayerName payer)
    {
        foreach (OperationPayer changed in Payers)
        {
            if (changed.Payer == payer)
            {
                return true;
            }
        }

        return false;
    }
}
