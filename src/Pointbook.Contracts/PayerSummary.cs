namespace Pointbook.Contracts;

/// <summary>What one payer has in all accounts together. The sums may be beyond 64 bits.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">The sum of its balances. Lots that have expired and are not swept yet are included.</param>
/// <param name="UnpaidDeductions">The sum of its deductions that no lot has paid for yet; they are subtracted in <paramref name="Points"/> already.</param>
/// <param name="Due">What is left in lots that have expired and were not swept yet.</param>
public sealed record PayerSummary(string Payer, Int128 Points, Int128 UnpaidDeductions, Int128 Due);
