using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>Entries that stand next to each other in a journal.</summary>
/// <param name="First">The first one.</param>
/// <param name="Last">The last one.</param>
public readonly record struct EntryRange(Sequence First, Sequence Last);
