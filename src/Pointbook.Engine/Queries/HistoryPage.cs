using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>A page of an account's operations, newest first. Immutable.</summary>
/// <param name="Operations">The operations. There may be fewer than requested although more follow.</param>
/// <param name="Next">Where the next page begins, see <see cref="HistoryQuery.Before"/>; null at the end.</param>
public sealed record HistoryPage(IReadOnlyList<AccountOperation> Operations, Sequence? Next);

/// <summary>One operation of an account. Immutable.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">Its kind, see <see cref="OperationKind"/>.</param>
/// <param name="RecordedAt">When it was committed.</param>
/// <param name="Operation">Its outline, which may contain only its first entry.</param>
/// <param name="IsArchived">Whether a flush has archived it.</param>
public sealed record AccountOperation(EntryId Id, EntryKind Kind, Instant RecordedAt, OperationOutline Operation, bool IsArchived);

/// <summary>A page of an operation's lines, in order. Immutable.</summary>
/// <param name="Partition">The partition of the account.</param>
/// <param name="Lines">The entries that change a lot or a balance. The first entry of a spend, capture or reversal changes neither, and is not a line.</param>
/// <param name="Next">Where the next page begins; null at the end.</param>
public sealed record OperationLines(int Partition, IReadOnlyList<Entry> Lines, long? Next);
