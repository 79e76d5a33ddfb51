using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A transaction to add with <c>POST /addTransaction</c>, which takes nothing else.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">How many; negative for a deduction, never zero.</param>
/// <param name="Timestamp">When it happened.</param>
public sealed record ClassicTransactionRequest(
    string Payer,
    long Points,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp);
