using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A lot: what is left of one credit.</summary>
/// <param name="TransactionId">The id of the credit.</param>
/// <param name="Payer">The payer, who funds the points.</param>
/// <param name="Timestamp">The timestamp of the credit, in UTC. Lots are spent in the order of their timestamps.</param>
/// <param name="Points">The points left in the lot, without held points. Always positive.</param>
/// <param name="Deductions">How many of these points will settle unpaid deductions of the payer. From 0 to <c>points</c>.</param>
/// <param name="Available">The points that can be spent: <c>points</c> minus <c>deductions</c>.</param>
public sealed record Lot(
    string TransactionId,
    string Payer,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp,
    long Points,
    long Deductions,
    long Available)
{
    /// <summary>The time at which the lot expires, in UTC. Absent if it never expires.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }
}
