namespace Pointbook.Contracts;

/// <summary>The sums of one payer over all accounts. They may exceed 64 bits.</summary>
/// <param name="Payer">The payer, who funds the points.</param>
/// <param name="Points">The sum of the payer's balances. It still includes <c>due</c>, and does not include held points.</param>
/// <param name="UnpaidDeductions">
/// The part of the payer's deductions that no lot has paid yet. <c>points</c> is already reduced by it.
/// </param>
/// <param name="Due">
/// The points left in lots that have expired, but whose expiry is not recorded yet. Unpaid deductions are not subtracted.
/// </param>
public sealed record PayerSummary(string Payer, Int128 Points, Int128 UnpaidDeductions, Int128 Due);
