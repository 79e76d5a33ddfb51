using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>What is left of one credit.</summary>
/// <param name="TransactionId">The id of the credit.</param>
/// <param name="Payer">Who funds it.</param>
/// <param name="Timestamp">When the credit happened.</param>
/// <param name="Points">What is left.</param>
/// <param name="Deductions">What outstanding deductions of the payer will take out of it.</param>
/// <param name="Available">What can be spent: the difference.</param>
public sealed record Lot(
    string TransactionId,
    string Payer,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp,
    long Points,
    long Deductions,
    long Available)
{
    /// <summary>When it expires, if it does.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }
}
