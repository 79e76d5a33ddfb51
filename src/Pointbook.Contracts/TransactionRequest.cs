using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A transaction to add.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">How many; negative for a deduction, never zero.</param>
/// <param name="Timestamp">When it happened.</param>
public sealed record TransactionRequest(
    string Payer,
    long Points,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp)
{
    /// <summary>When what is left of a credit expires: later than <see cref="Timestamp"/>, and never on a deduction.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The client's own number for it.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reference { get; init; }

    /// <summary>The client's words for why.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reason { get; init; }
}
