using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A transaction as it was added.</summary>
/// <param name="Id">Its opaque id.</param>
/// <param name="Account">Whose points it is about.</param>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">How many; negative for a deduction.</param>
/// <param name="Timestamp">When it happened.</param>
/// <param name="RecordedAt">When it was made durable.</param>
public sealed record Transaction(
    string Id,
    string Account,
    string Payer,
    long Points,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt);
