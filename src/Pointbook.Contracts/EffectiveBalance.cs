using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>
/// What had happened in an account by one time, as recorded by another time. The sums per payer are not balances.
/// </summary>
/// <param name="Account">The account key.</param>
/// <param name="EffectiveAt">
/// The sums include only what had happened by this time. A credit or deduction happens at its <c>timestamp</c>. An expiry
/// happens at the <c>expiresAt</c> of its lot. Everything else happens when it is recorded.
/// </param>
/// <param name="KnownAt">
/// The sums include only entries recorded by this time: the <c>knownAt</c> of the request, or the time of the read.
/// </param>
/// <param name="Basis">Always <c>effective</c>. It distinguishes these sums from a balance, which a client could spend.</param>
/// <param name="Payers">The sum of each payer, in order of the first entry counted.</param>
public sealed record EffectiveBalance(
    string Account,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset EffectiveAt,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset KnownAt,
    string Basis,
    IReadOnlyList<PayerSum> Payers)
{
    /// <summary>The value of <see cref="Basis"/>.</summary>
    public const string EffectiveBasis = "effective";
}

/// <summary>The sum of one payer's entries.</summary>
/// <param name="Payer">The payer, who funds the points.</param>
/// <param name="Points">The sum. It may be negative, and may exceed 64 bits.</param>
public sealed record PayerSum(string Payer, Int128 Points);
