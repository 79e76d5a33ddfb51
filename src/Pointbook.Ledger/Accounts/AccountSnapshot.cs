using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The state of one account as a store keeps it. Immutable.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="StandsAt">The last entry it contains; zero for an account without entries.</param>
/// <param name="Payers">The lines, by <see cref="PayerSnapshot.FirstSequence"/>.</param>
/// <param name="Lots">The open lots in their order.</param>
public sealed record AccountSnapshot(
    AccountId Account,
    Sequence StandsAt,
    IReadOnlyList<PayerSnapshot> Payers,
    IReadOnlyList<LotSnapshot> Lots)
{
    /// <summary>An account nothing was ever written on.</summary>
    public static AccountSnapshot Empty(AccountId account) => new(account, Sequence.Zero, [], []);
}

/// <summary>One payer's line in a snapshot.</summary>
/// <param name="Name">Whose line it is.</param>
/// <param name="Balance">Its balance.</param>
/// <param name="Outstanding">Its deductions that no lot has paid for yet.</param>
/// <param name="FirstSequence">The entry with which it first appeared since the last flush.</param>
public sealed record PayerSnapshot(PayerName Name, Points Balance, Points Outstanding, Sequence FirstSequence);

/// <summary>One open lot in a snapshot.</summary>
/// <param name="Key">What identifies and orders it.</param>
/// <param name="Payer">Who funds it.</param>
/// <param name="Remaining">What is left of it.</param>
/// <param name="ExpiresAt">When it expires, or null.</param>
public readonly record struct LotSnapshot(LotKey Key, PayerName Payer, Points Remaining, Instant? ExpiresAt);
