using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>An optional note on a capture, reversal, flush, restore or erasure. The whole body may be omitted.</summary>
public sealed record NoteRequest
{
    /// <summary>
    /// The client's own identifier for the write, such as an order number. Optional: 1 to 200 Unicode characters, without
    /// control characters.
    /// </summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reference { get; init; }

    /// <summary>The client's reason for the write. Optional: 1 to 500 Unicode characters, without control characters.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reason { get; init; }
}
