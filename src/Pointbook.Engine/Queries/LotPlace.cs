using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>A place in the lots of an account, from <see cref="LotPage.Next"/>. Immutable.</summary>
/// <param name="Key">The lot before it.</param>
/// <param name="StandsAt">The last entry of the account when the place was found. What is owed is counted again if there are further ones.</param>
/// <param name="Owed">
/// What payers whose lots before the place have paid outstanding deductions still owe there, by the first entries of their lines. Zero
/// means that they have paid everything.
/// </param>
/// <param name="KnowsAll">Whether <paramref name="Owed"/> has all such payers.</param>
public sealed record LotPlace(LotKey Key, Sequence StandsAt, IReadOnlyDictionary<Sequence, Points> Owed, bool KnowsAll)
{
    /// <summary>How many payers a place speaks of, so that a cursor stays short. What further ones owe is counted.</summary>
    public const int OwedMax = 16;
}
