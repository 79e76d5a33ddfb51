using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A capture. It makes a pending spend final.</summary>
public sealed record Capture
{
    /// <summary>The opaque id of the capture.</summary>
    public required string Id { get; init; }

    /// <summary>The account key.</summary>
    public required string Account { get; init; }

    /// <summary>The id of the captured spend.</summary>
    public required string SpendId { get; init; }

    /// <summary>The points of the captured spend. Always positive.</summary>
    public required long Points { get; init; }

    /// <summary>
    /// The time at which the server recorded the capture, in UTC. Later commits of the same partition have later times.
    /// </summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The client's own identifier for the capture. Absent if the request had none.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's reason for the capture. Absent if the request had none.</summary>
    public string? Reason { get; init; }
}
