using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>A page of payers in ordinal order. Immutable.</summary>
/// <param name="Payers">Their sums over all accounts.</param>
/// <param name="HasMore">Whether there are payers after the last one.</param>
public sealed record PayerPage(IReadOnlyList<PayerLine> Payers, bool HasMore);

/// <summary>One payer's sums over accounts, all as of one entry of each partition.</summary>
/// <param name="Payer">The payer.</param>
/// <param name="Points">The sum of the payer's balances.</param>
/// <param name="Outstanding">The sum of the payer's unpaid deductions. They are already subtracted from <paramref name="Points"/>.</param>
/// <param name="Due">The points left in lots that have expired but are not swept yet, before unpaid deductions.</param>
public sealed record PayerLine(PayerName Payer, Int128 Points, Int128 Outstanding, Int128 Due);
