using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A reversal. It returns all points of a spend. All numbers are positive.</summary>
public sealed record Reversal
{
    /// <summary>The opaque id of the reversal.</summary>
    public required string Id { get; init; }

    /// <summary>The account key.</summary>
    public required string Account { get; init; }

    /// <summary>The id of the reversed spend.</summary>
    public required string SpendId { get; init; }

    /// <summary>The points that the reversal returned, including points that expired immediately.</summary>
    public required long Points { get; init; }

    /// <summary>
    /// The time at which the server recorded the reversal, in UTC. Later commits of the same partition have later times.
    /// </summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The client's own identifier for the reversal. Absent if the request had none.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's reason for the reversal. Absent if the request had none.</summary>
    public string? Reason { get; init; }

    /// <summary>The points that each payer got back, in order of first return.</summary>
    public required IReadOnlyList<Allocation> Allocations { get; init; }

    /// <summary>
    /// The points that each credit got back, in the order of the spend's draws. If <c>linesUrl</c> is present, the list has
    /// only the first of them.
    /// </summary>
    public required IReadOnlyList<ReturnedDraw> Returns { get; init; }

    /// <summary>The number of all lines of the reversal: its returns.</summary>
    public required int LinesCount { get; init; }

    /// <summary>The path of the complete, paged list of lines. Absent if this reply has all of them.</summary>
    public string? LinesUrl { get; init; }
}

/// <summary>The points that a reversal returned to one credit.</summary>
/// <param name="TransactionId">The id of the credit from which the spend had drawn the points.</param>
/// <param name="Payer">The payer, who funds the points.</param>
/// <param name="Timestamp">The timestamp of the credit, in UTC.</param>
/// <param name="Points">The number of points returned. Always positive.</param>
/// <param name="Expired">
/// Whether the credit had expired by the time of the reversal. If so, its points expired immediately after their return.
/// </param>
public sealed record ReturnedDraw(
    string TransactionId,
    string Payer,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp,
    long Points,
    bool Expired);
