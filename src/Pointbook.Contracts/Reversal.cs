using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>How a spend was undone. All its numbers are positive.</summary>
public sealed record Reversal
{
    /// <summary>Its opaque id.</summary>
    public required string Id { get; init; }

    /// <summary>Whose points went back.</summary>
    public required string Account { get; init; }

    /// <summary>The id of the spend.</summary>
    public required string SpendId { get; init; }

    /// <summary>How many points went back, those that expired at once included.</summary>
    public required long Points { get; init; }

    /// <summary>When it was made durable.</summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The client's own number for it.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's words for why.</summary>
    public string? Reason { get; init; }

    /// <summary>What each payer got back, in order of first return.</summary>
    public required IReadOnlyList<Allocation> Allocations { get; init; }

    /// <summary>What went back to which transaction, in order: of a large operation only what its first lines have; <c>linesUrl</c> leads to all of them.</summary>
    public required IReadOnlyList<ReturnedDraw> Returns { get; init; }

    /// <summary>How many lines it has in all: returns.</summary>
    public required int LinesCount { get; init; }

    /// <summary>Where all its lines can be read page by page; left out if this reply has all of them.</summary>
    public string? LinesUrl { get; init; }
}

/// <summary>What went back to one transaction.</summary>
/// <param name="TransactionId">The id of the credit that had brought the points.</param>
/// <param name="Payer">Who funded them.</param>
/// <param name="Timestamp">When that credit happened.</param>
/// <param name="Points">How many went back.</param>
/// <param name="Expired">Whether the credit had expired meanwhile, so that they expired as soon as they were back.</param>
public sealed record ReturnedDraw(
    string TransactionId,
    string Payer,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp,
    long Points,
    bool Expired);
