using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Answers;

/// <summary>The balance of one account. Immutable.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Points">The sum over the payers.</param>
/// <param name="Payers">The payers' balances in order of first appearance since the last flush, those at zero included.</param>
/// <param name="AsOf">When it was read: no entry recorded later is in it, and every earlier one is.</param>
public sealed record AccountBalance(AccountId Account, Points Points, IReadOnlyList<PayerBalance> Payers, Instant AsOf);

/// <summary>One payer's balance in an account.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">How many, never negative.</param>
public readonly record struct PayerBalance(PayerName Payer, Points Points);
