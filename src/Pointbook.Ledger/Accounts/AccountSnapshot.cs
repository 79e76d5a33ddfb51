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
    /// <summary>The first entry of the account; zero if there is none.</summary>
    public Sequence Opening { get; init; }

    /// <summary>
    /// The pending spends in the order of their sequences. Right behind a flush, where <see cref="StandsAt"/> is
    /// <see cref="FlushedThrough"/>, they are those that went with it and would come back with its restore.
    /// </summary>
    public IReadOnlyList<HoldSnapshot> Holds { get; init; } = [];

    /// <summary>The last entry of the latest flush that was not taken back; zero if there is none. What is up to it is archived.</summary>
    public Sequence FlushedThrough { get; init; }

    /// <summary>What <see cref="FlushedThrough"/> was before that flush, and is again if it is taken back.</summary>
    public Sequence FlushedThroughBefore { get; init; }

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

/// <summary>One pending spend in a snapshot.</summary>
/// <param name="Spend">The first entry of the spend.</param>
/// <param name="EndsAt">When it is undone unless it was captured.</param>
/// <param name="Draws">What was drawn, in the order of the lots.</param>
public sealed record HoldSnapshot(Sequence Spend, Instant EndsAt, IReadOnlyList<HeldDraw> Draws);
