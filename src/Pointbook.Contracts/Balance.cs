using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>The balance of an account, in total and per payer. It never includes expired points.</summary>
/// <param name="Account">The account key.</param>
/// <param name="Points">The sum over all payers. Never negative.</param>
/// <param name="Held">The points that pending spends hold. Neither <c>points</c> nor <c>payers</c> include them.</param>
/// <param name="Payers">
/// The balance of each payer, in order of first appearance. A payer stays listed, even with 0 points, until the account is
/// flushed.
/// </param>
/// <param name="AsOf">
/// The time of the read, in UTC. The balance includes every entry of the account that was recorded earlier, and none that
/// was recorded later. With <c>knownAt</c>, it is the same time as <c>knownAt</c>.
/// </param>
public sealed record Balance(
    string Account,
    long Points,
    long Held,
    IReadOnlyList<PayerBalance> Payers,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset AsOf)
{
    /// <summary>
    /// The <c>knownAt</c> of the request. The balance includes only entries recorded by this time. Absent if the request had
    /// no <c>knownAt</c>.
    /// </summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? KnownAt { get; init; }
}

/// <summary>The balance of one payer in an account.</summary>
/// <param name="Payer">The payer, who funds the points.</param>
/// <param name="Points">The payer's points in the account. Never negative.</param>
public sealed record PayerBalance(string Payer, long Points);
