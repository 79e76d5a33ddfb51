using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Some operations of an account, newest first. Immutable.</summary>
/// <param name="Operations">The operations; perhaps fewer than asked for although there are more.</param>
/// <param name="Next">Where to go on, see <see cref="HistoryQuery.Before"/>; null at the end.</param>
public sealed record HistoryPage(IReadOnlyList<AccountOperation> Operations, Sequence? Next);

/// <summary>One operation of an account. Immutable.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it is called, see <see cref="OperationKind"/>.</param>
/// <param name="RecordedAt">When it was committed.</param>
/// <param name="Operation">What it wrote; of its entries there may be the first one only.</param>
/// <param name="IsArchived">Whether a flush has archived it.</param>
public sealed record AccountOperation(EntryId Id, EntryKind Kind, Instant RecordedAt, OperationOutline Operation, bool IsArchived);

/// <summary>Some lines of an operation, in order. Immutable.</summary>
/// <param name="Partition">The partition of the account.</param>
/// <param name="Lines">The entries that change a lot or a balance; the first entry of a spend, capture or reversal changes neither and is not a line.</param>
/// <param name="Next">Where to go on; null at the end.</param>
public sealed record OperationLines(int Partition, IReadOnlyList<Entry> Lines, long? Next);
