using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>A place in the lots of an account, from <see cref="LotPage.Next"/>. Immutable.</summary>
/// <param name="Key">The lot before the place.</param>
/// <param name="StandsAt">The account's last entry when the place was made. If there are later ones, unpaid deductions are counted again.</param>
/// <param name="Owed">
/// The deductions still unpaid at the place, for payers whose earlier lots have paid some, by the first entries of their lines. Zero
/// means that the lots before the place have paid everything.
/// </param>
/// <param name="KnowsAll">Whether <paramref name="Owed"/> has all such payers.</param>
public sealed record LotPlace(LotKey Key, Sequence StandsAt, IReadOnlyDictionary<Sequence, Points> Owed, bool KnowsAll)
{
    /// <summary>The most payers that a place lists, so that a cursor stays short. Deductions of further payers are counted again.</summary>
    public const int OwedMax = 16;
}
