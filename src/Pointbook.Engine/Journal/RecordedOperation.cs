using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>One operation as the journal keeps it. Immutable.</summary>
/// <param name="RecordedAt">When it was committed.</param>
/// <param name="Entries">Its entries in order.</param>
public sealed record RecordedOperation(Instant RecordedAt, IReadOnlyList<Entry> Entries);
