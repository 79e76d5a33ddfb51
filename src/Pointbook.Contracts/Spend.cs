using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A spend as it was carried out. All its numbers are positive.</summary>
/// <param name="Id">Its opaque id.</param>
/// <param name="Account">Whose points were spent.</param>
/// <param name="Points">How many.</param>
/// <param name="RecordedAt">When it was made durable.</param>
/// <param name="Allocations">What each payer gave, in order of first draw.</param>
/// <param name="Draws">What was taken out of which transaction, in order.</param>
public sealed record Spend(
    string Id,
    string Account,
    long Points,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt,
    IReadOnlyList<Allocation> Allocations,
    IReadOnlyList<Draw> Draws);

/// <summary>What one payer gave for a spend.</summary>
/// <param name="Payer">Who funded the points.</param>
/// <param name="Points">How many.</param>
public sealed record Allocation(string Payer, long Points);

/// <summary>What a spend took out of one transaction.</summary>
/// <param name="TransactionId">The id of the credit that had brought the points.</param>
/// <param name="Payer">Who funded them.</param>
/// <param name="Timestamp">When that credit happened.</param>
/// <param name="Points">How many were taken.</param>
public sealed record Draw(
    string TransactionId,
    string Payer,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp,
    long Points);
