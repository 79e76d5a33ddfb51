using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>How an account was emptied.</summary>
/// <param name="Account">Which account.</param>
/// <param name="Entries">How many entries that took; 1 if there was nothing to empty, and 0 if the request then had no key either.</param>
/// <param name="RecordedAt">When it was made durable, or found that there was nothing to write.</param>
public sealed record Flush(
    string Account,
    int Entries,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt)
{
    /// <summary>Its opaque id; left out if there was nothing to empty and the request had no key.</summary>
    [JsonPropertyOrder(-1)]
    public string? Id { get; init; }
}
