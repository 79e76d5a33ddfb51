using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A spend as it was carried out. All its numbers are positive.</summary>
public sealed record Spend
{
    /// <summary>Its opaque id.</summary>
    public required string Id { get; init; }

    /// <summary>Whose points were spent.</summary>
    public required string Account { get; init; }

    /// <summary>How many.</summary>
    public required long Points { get; init; }

    /// <summary>How far it has come: one of <see cref="SpendStatus"/>.</summary>
    public required string Status { get; init; }

    /// <summary>When it was made durable.</summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>When its hold ends, or ended, if it was sent with one.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>The id of its reversal, if it was reversed.</summary>
    public string? ReversalId { get; init; }

    /// <summary>The client's own number for it.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's words for why.</summary>
    public string? Reason { get; init; }

    /// <summary>Who did it: the name of an API key, or <c>jwt:</c> and the subject of a token; null in protected mode.</summary>
    public string? Actor { get; init; }

    /// <summary>What each payer gave, in order of first draw.</summary>
    public required IReadOnlyList<Allocation> Allocations { get; init; }

    /// <summary>What was taken out of which transaction, in order: of a large operation only what its first lines have; <c>linesUrl</c> leads to all of them.</summary>
    public required IReadOnlyList<Draw> Draws { get; init; }

    /// <summary>How many lines it has in all: draws, and settlements of unpaid deductions.</summary>
    public required int LinesCount { get; init; }

    /// <summary>Where all its lines can be read page by page; left out if this reply has all of them.</summary>
    public string? LinesUrl { get; init; }
}

/// <summary>What one payer gave for a spend, or got back from its reversal.</summary>
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
