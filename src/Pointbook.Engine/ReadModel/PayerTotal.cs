using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>One payer's sums over all accounts of a partition.</summary>
/// <param name="Payer">The payer that funds the points.</param>
/// <param name="Points">The sum of its balances.</param>
/// <param name="Outstanding">The sum of its deductions that no lot has paid for yet; <paramref name="Points"/> already excludes them.</param>
public sealed record PayerTotal(PayerName Payer, Int128 Points, Int128 Outstanding);

/// <summary>The sums of some payers, as of one moment.</summary>
/// <param name="Position">The sums contain every entry up to this position, and none after it.</param>
/// <param name="Payers">The sums, in payer order.</param>
public sealed record PayerTotals(ReadModelPosition Position, IReadOnlyList<PayerTotal> Payers);
