using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>What made a pending spend final.</summary>
public sealed record Capture
{
    /// <summary>Its opaque id.</summary>
    public required string Id { get; init; }

    /// <summary>Whose points were spent.</summary>
    public required string Account { get; init; }

    /// <summary>The id of the spend.</summary>
    public required string SpendId { get; init; }

    /// <summary>How many points the spend took.</summary>
    public required long Points { get; init; }

    /// <summary>When it was made durable.</summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>The client's own number for it.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's words for why.</summary>
    public string? Reason { get; init; }
}
