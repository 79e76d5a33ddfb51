using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>The balance of one account.</summary>
/// <param name="Account">Whose it is.</param>
/// <param name="Points">The sum over the payers.</param>
/// <param name="Held">How many points pending spends hold; they are not part of <paramref name="Points"/>.</param>
/// <param name="Payers">The payers in order of first appearance, those at zero included.</param>
/// <param name="AsOf">When it was read: no entry recorded later is in it, and every earlier one is.</param>
public sealed record Balance(
    string Account,
    long Points,
    long Held,
    IReadOnlyList<PayerBalance> Payers,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset AsOf)
{
    /// <summary>Up to when entries were taken into account, if that was asked for.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? KnownAt { get; init; }
}

/// <summary>One payer's balance in an account.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">How many, never negative.</param>
public sealed record PayerBalance(string Payer, long Points);
