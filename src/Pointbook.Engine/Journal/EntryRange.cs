using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>A range of consecutive entries in a journal.</summary>
/// <param name="First">The first entry.</param>
/// <param name="Last">The last entry.</param>
public readonly record struct EntryRange(Sequence First, Sequence Last);
