using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>What the tables of a projection hold of one payer over all accounts, counted in several ways that have to agree.</summary>
/// <param name="Payer">Whose sums.</param>
/// <param name="TotalPoints">The balance, as it is kept for all accounts together.</param>
/// <param name="TotalOutstanding">The outstanding deductions, as they are kept for all accounts together.</param>
/// <param name="LinePoints">The balance, over the lines of all accounts.</param>
/// <param name="LineOutstanding">The outstanding deductions, over the lines of all accounts.</param>
/// <param name="LotPoints">What is left in the lots of all accounts.</param>
public sealed record PayerSums(
    PayerName Payer, Int128 TotalPoints, Int128 TotalOutstanding, Int128 LinePoints, Int128 LineOutstanding, Int128 LotPoints);
