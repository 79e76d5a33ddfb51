using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A spend. All numbers are positive.</summary>
public sealed record Spend
{
    /// <summary>The opaque id of the spend.</summary>
    public required string Id { get; init; }

    /// <summary>The account key.</summary>
    public required string Account { get; init; }

    /// <summary>The number of points that the spend drew.</summary>
    public required long Points { get; init; }

    /// <summary>
    /// <c>pending</c>: the points are held. <c>final</c>: the points are spent, or a flush removed the pending spend.
    /// <c>reversed</c>: the points were returned, by a request or by the end of the hold. A replay of the request that
    /// created the spend has the first status.
    /// </summary>
    public required string Status { get; init; }

    /// <summary>
    /// The time at which the server recorded the spend, in UTC. Later commits of the same partition have later times.
    /// </summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The time at which the hold ends or would have ended, in UTC. Absent if the request had no <c>hold</c>.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? HoldUntil { get; init; }

    /// <summary>
    /// The id of the reversal. Absent if the spend is not reversed, and while the end of its hold is not recorded yet.
    /// </summary>
    public string? ReversalId { get; init; }

    /// <summary>The client's own identifier for the spend. Absent if the request had none.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's reason for the spend. Absent if the request had none.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// The name of the API key that the client used, or <c>jwt:</c> and the subject of its token. Absent in protected mode.
    /// </summary>
    public string? Actor { get; init; }

    /// <summary>The points that each payer gave, in order of first draw.</summary>
    public required IReadOnlyList<Allocation> Allocations { get; init; }

    /// <summary>
    /// The points that the spend drew from each credit, in spending order. If <c>linesUrl</c> is present, the list has only
    /// the draws among the first lines.
    /// </summary>
    public required IReadOnlyList<Draw> Draws { get; init; }

    /// <summary>The number of all lines of the spend: its draws, and its settlements of unpaid deductions.</summary>
    public required int LinesCount { get; init; }

    /// <summary>The path of the complete, paged list of lines. Absent if this reply has all of them.</summary>
    public string? LinesUrl { get; init; }
}

/// <summary>The points that one payer gave for a spend, or got back from its reversal.</summary>
/// <param name="Payer">The payer, who funds the points.</param>
/// <param name="Points">The number of points. Always positive.</param>
public sealed record Allocation(string Payer, long Points);

/// <summary>The points that a spend drew from one credit.</summary>
/// <param name="TransactionId">The id of the credit.</param>
/// <param name="Payer">The payer, who funds the points.</param>
/// <param name="Timestamp">The timestamp of the credit, in UTC.</param>
/// <param name="Points">The number of points drawn. Always positive.</param>
public sealed record Draw(
    string TransactionId,
    string Payer,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset Timestamp,
    long Points);
