using Pointbook.Engine.Queries;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>A query for open lots of an account. Immutable.</summary>
/// <param name="Account">The account.</param>
/// <param name="CountMax">The maximum number, at least 1.</param>
/// <param name="Now">Lots that have expired by then are due instead of open.</param>
public sealed record LotQuery(AccountId Account, int CountMax, Instant Now)
{
    /// <summary>Only lots after this place; null to begin with the first lot.</summary>
    public LotPlace? After { get; init; }
}

/// <summary>The rows of a page of an account's lots, all as of one moment. Immutable.</summary>
/// <param name="StandsAt">The last entry that the rows contain; zero for an account without rows.</param>
/// <param name="Lots">The unexpired open lots after the place, in their order.</param>
/// <param name="Payers">The lines of the payers of these lots and of the due events.</param>
/// <param name="Due">The due lots and holds of the whole account.</param>
/// <param name="Owed">What payers still owe at the place, see <see cref="OwedAtPlace.Owed"/>.</param>
public sealed record LotRows(
    Sequence StandsAt,
    IReadOnlyList<LotSnapshot> Lots,
    IReadOnlyList<PayerSnapshot> Payers,
    DueRows Due,
    IReadOnlyDictionary<Sequence, Points> Owed)
{
    /// <summary>The tables contain every entry up to this one.</summary>
    public Sequence Position { get; init; }

    /// <summary>An account without rows.</summary>
    public static LotRows None { get; } = new(Sequence.Zero, [], [], DueRows.None, new Dictionary<Sequence, Points>());
}
