using Pointbook.Engine.Queries;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Which open lots of an account to read. Immutable.</summary>
/// <param name="Account">Whose.</param>
/// <param name="CountMax">How many at most, at least 1.</param>
/// <param name="Now">Lots that have expired by then are left out and are due instead.</param>
public sealed record LotQuery(AccountId Account, int CountMax, Instant Now)
{
    /// <summary>Only lots behind this place; null to begin with the first.</summary>
    public LotPlace? After { get; init; }
}

/// <summary>Rows of an account that make a page of its lots, all as of one moment. Immutable.</summary>
/// <param name="StandsAt">The last entry that the rows contain; zero for an account without rows.</param>
/// <param name="Lots">The open lots behind the place that have not expired, in their order.</param>
/// <param name="Payers">The lines of the payers of these lots and of the due events.</param>
/// <param name="Due">The due lots and holds of the whole account.</param>
/// <param name="Owed">What payers still owe at the place, as <see cref="OwedAtPlace.Owed"/> says.</param>
public sealed record LotRows(
    Sequence StandsAt,
    IReadOnlyList<LotSnapshot> Lots,
    IReadOnlyList<PayerSnapshot> Payers,
    DueRows Due,
    IReadOnlyDictionary<Sequence, Points> Owed)
{
    /// <summary>An account without rows.</summary>
    public static LotRows None { get; } = new(Sequence.Zero, [], [], DueRows.None, new Dictionary<Sequence, Points>());
}
