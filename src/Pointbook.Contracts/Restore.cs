using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>How a flush was taken back.</summary>
/// <param name="Id">Its opaque id.</param>
/// <param name="Account">Which account.</param>
/// <param name="FlushId">The id of the flush.</param>
/// <param name="Entries">How many entries that took.</param>
/// <param name="RecordedAt">When it was made durable.</param>
public sealed record Restore(
    string Id,
    string Account,
    string FlushId,
    int Entries,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt);
