using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Sums of the account's entries that were effective by an instant. Immutable.</summary>
/// <param name="Account">The account.</param>
/// <param name="EffectiveAt">The sums contain only entries effective by this instant.</param>
/// <param name="KnownAt">The sums contain only entries recorded by this instant.</param>
/// <param name="Payers">The sums, in order of each payer's first entry. They are not balances: they may be negative, and exceed 64 bits.</param>
public sealed record EffectiveBalance(
    AccountId Account, Instant EffectiveAt, Instant KnownAt, IReadOnlyList<KeyValuePair<PayerName, Int128>> Payers);
