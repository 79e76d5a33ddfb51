using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The rows of an account that make its balance. Immutable.</summary>
/// <param name="Account">Which account.</param>
/// <param name="StandsAt">The last entry that the rows contain.</param>
/// <param name="Held">How many points pending spends hold, those whose holds are over included.</param>
/// <param name="Payers">The lines, by <see cref="PayerSnapshot.FirstSequence"/>.</param>
/// <param name="Due">The due lots and holds.</param>
public sealed record BalanceRows(AccountId Account, Sequence StandsAt, Points Held, IReadOnlyList<PayerSnapshot> Payers, DueRows Due);

/// <summary>The lots and holds of an account that are due and were not swept yet. Immutable.</summary>
/// <param name="Lots">The lots that have expired.</param>
/// <param name="Holds">The holds that have ended, with their draws.</param>
public sealed record DueRows(IReadOnlyList<LotSnapshot> Lots, IReadOnlyList<HoldSnapshot> Holds)
{
    /// <summary>Nothing.</summary>
    public static DueRows None { get; } = new([], []);

    /// <summary>Whether nothing is due.</summary>
    public bool IsEmpty => Lots.Count == 0 && Holds.Count == 0;

    /// <summary>The payers of the lots and of the draws, each at least once.</summary>
    public IEnumerable<PayerName> Payers =>
        Lots.Select(lot => lot.Payer).Concat(Holds.SelectMany(hold => hold.Draws).Select(draw => draw.Payer));

    /// <summary>How many points the holds held.</summary>
    public Points HeldPoints => Holds.SelectMany(hold => hold.Draws).Aggregate(Points.Zero, (sum, draw) => sum + draw.Points);

    /// <summary>Lets the rules find the due events of an account of which only these rows and some lines are known.</summary>
    /// <param name="account">Which account.</param>
    /// <param name="standsAt">Where its rows stand.</param>
    /// <param name="payers">Its lines, or at least those of <see cref="Payers"/>.</param>
    /// <param name="now">Up to when events are due.</param>
    internal AccountAsOf Apply(AccountId account, Sequence standsAt, IReadOnlyList<PayerSnapshot> payers, Instant now) =>
        AccountAsOf.Of(AccountState.FromSnapshot(new AccountSnapshot(account, standsAt, payers, Lots) { Holds = Holds }), now);
}
