using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>What may be said about a write that needs no other words: a capture, a reversal, a flush or a restore. The whole body may be left out.</summary>
public sealed record NoteRequest
{
    /// <summary>The client's own number for it.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reference { get; init; }

    /// <summary>The client's words for why.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reason { get; init; }
}
