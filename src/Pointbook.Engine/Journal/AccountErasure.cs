using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Journal;

/// <summary>An erasure that the journal contains. Immutable.</summary>
/// <param name="Opening">The first entry of the account.</param>
/// <param name="Sequence">The entry that erases the account. It is the account's last entry.</param>
public readonly record struct AccountErasure(Sequence Opening, Sequence Sequence);
