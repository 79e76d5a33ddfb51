using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>One payer's sums over all accounts of a partition.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">The sum of its balances.</param>
/// <param name="Outstanding">The sum of its deductions that no lot has paid for yet; they are subtracted in <paramref name="Points"/> already.</param>
/// <param name="Due">What is left in lots that have expired and were not swept yet, before deductions.</param>
public sealed record PayerTotal(PayerName Payer, Int128 Points, Int128 Outstanding, Int128 Due);
