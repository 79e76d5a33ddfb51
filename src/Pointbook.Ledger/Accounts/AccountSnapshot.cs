using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>The state of one account as a store keeps it. Immutable.</summary>
/// <param name="Account">The account.</param>
/// <param name="StandsAt">The last entry it contains; zero for an account without entries.</param>
/// <param name="Payers">The lines, by <see cref="PayerSnapshot.FirstSequence"/>.</param>
/// <param name="Lots">The open lots in spending order.</param>
public sealed record AccountSnapshot(
    AccountId Account,
    Sequence StandsAt,
    IReadOnlyList<PayerSnapshot> Payers,
    IReadOnlyList<LotSnapshot> Lots)
{
    /// <summary>The first entry of the account; zero if there is none.</summary>
    public Sequence Opening { get; init; }

    /// <summary>The first entry of the account's last operation; zero if there is none.</summary>
    public Sequence LastOperation { get; init; }

    /// <summary>
    /// The pending spends in the order of their sequences. Directly after a flush (<see cref="StandsAt"/> is
    /// <see cref="FlushedThrough"/>), these are the holds that the flush set aside and that its restore brings back.
    /// </summary>
    public IReadOnlyList<HoldSnapshot> Holds { get; init; } = [];

    /// <summary>The last entry of the latest flush that was not restored; zero if there is none. Entries up to it are archived.</summary>
    public Sequence FlushedThrough { get; init; }

    /// <summary>The value of <see cref="FlushedThrough"/> before that flush. A restore sets it again.</summary>
    public Sequence FlushedThroughBefore { get; init; }

    /// <summary>An account without entries.</summary>
    public static AccountSnapshot Empty(AccountId account) => new(account, Sequence.Zero, [], []);
}

/// <summary>One payer's line in a snapshot.</summary>
/// <param name="Name">The payer.</param>
/// <param name="Balance">Its balance.</param>
/// <param name="Outstanding">Its unpaid deductions.</param>
/// <param name="FirstSequence">The entry with which the payer first appeared since the last flush.</param>
public readonly record struct PayerSnapshot(PayerName Name, Points Balance, Points Outstanding, Sequence FirstSequence);

/// <summary>One open lot in a snapshot.</summary>
/// <param name="Key">Identifies and orders the lot.</param>
/// <param name="Payer">The payer of the lot.</param>
/// <param name="Remaining">The points left in the lot.</param>
/// <param name="ExpiresAt">When it expires, or null.</param>
public readonly record struct LotSnapshot(LotKey Key, PayerName Payer, Points Remaining, Instant? ExpiresAt);

/// <summary>One pending spend in a snapshot.</summary>
/// <param name="Spend">The first entry of the spend.</param>
/// <param name="EndsAt">When the hold ends and the spend is reversed, unless it was captured.</param>
/// <param name="Draws">The draws, in the order of the lots.</param>
public sealed record HoldSnapshot(Sequence Spend, Instant EndsAt, IReadOnlyList<HeldDraw> Draws);
