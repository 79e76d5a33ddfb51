using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A transaction to add, as one item of an array or one line of an import.</summary>
/// <param name="Account">Whose points it is about.</param>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">How many; negative for a deduction, never zero.</param>
/// <param name="Timestamp">When it happened.</param>
public sealed record BulkTransaction(
    string Account,
    string Payer,
    long Points,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp)
{
    /// <summary>Names this write within the account, so that sending it again does not do it twice. Left out if null.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? IdempotencyKey { get; init; }

    /// <summary>When what is left of it expires. Left out if null: then it never does.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The client's own number for it. Left out if null.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reference { get; init; }

    /// <summary>Why. Left out if null.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reason { get; init; }
}
