using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Sums of an account's entries by when they were effective. Immutable.</summary>
/// <param name="Account">Whose.</param>
/// <param name="EffectiveAt">Up to when entries had to be effective.</param>
/// <param name="KnownAt">Up to when they had to be recorded.</param>
/// <param name="Payers">The sums, in order of each payer's first entry. They are no balances: they may be negative, and beyond 64 bits.</param>
public sealed record EffectiveBalance(
    AccountId Account, Instant EffectiveAt, Instant KnownAt, IReadOnlyList<KeyValuePair<PayerName, Int128>> Payers);
