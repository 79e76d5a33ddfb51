using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The rows that make up the balance of an account. Immutable.</summary>
/// <param name="Account">The account.</param>
/// <param name="StandsAt">The last entry that the rows contain.</param>
/// <param name="Held">The points that pending spends hold, including those whose holds have ended.</param>
/// <param name="Payers">The lines, by <see cref="PayerSnapshot.FirstSequence"/>.</param>
/// <param name="Due">The due lots and holds.</param>
public sealed record BalanceRows(AccountId Account, Sequence StandsAt, Points Held, IReadOnlyList<PayerSnapshot> Payers, DueRows Due);

/// <summary>The due lots and holds of an account that the sweeper has not handled yet. Immutable.</summary>
/// <param name="Lots">The expired lots.</param>
/// <param name="Holds">The ended holds, with their draws.</param>
public sealed record DueRows(IReadOnlyList<LotSnapshot> Lots, IReadOnlyList<HoldSnapshot> Holds)
{
    /// <summary>No due rows.</summary>
    public static DueRows None { get; } = new([], []);

    /// <summary>Whether nothing is due.</summary>
    public bool IsEmpty => Lots.Count == 0 && Holds.Count == 0;

    /// <summary>The payers of the lots and of the draws, each at least once.</summary>
    public IEnumerable<PayerName> Payers =>
        Lots.Select(lot => lot.Payer).Concat(Holds.SelectMany(hold => hold.Draws).Select(draw => draw.Payer));

    /// <summary>The points of the holds.</summary>
    public Points HeldPoints => Holds.SelectMany(hold => hold.Draws).Aggregate(Points.Zero, (sum, draw) => sum + draw.Points);

    /// <summary>Applies the rules to find the due events of an account of which only these rows and some lines are known.</summary>
    /// <param name="account">The account.</param>
    /// <param name="standsAt">The last entry that its rows contain.</param>
    /// <param name="payers">Its lines, or at least those of <see cref="Payers"/>.</param>
    /// <param name="now">The time up to which events are due.</param>
    internal AccountAsOf Apply(AccountId account, Sequence standsAt, IReadOnlyList<PayerSnapshot> payers, Instant now) =>
        AccountAsOf.Of(AccountState.FromSnapshot(new AccountSnapshot(account, standsAt, payers, Lots) { Holds = Holds }), now);
}
