using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A flush. It empties an account.</summary>
/// <param name="Account">The account key.</param>
/// <param name="Entries">
/// The number of entries that the flush wrote. For an empty account, it is 1 if the request had an idempotency key, and
/// otherwise 0.
/// </param>
/// <param name="RecordedAt">
/// The time at which the server recorded the flush, in UTC. If the flush wrote nothing, it is the time of the decision.
/// </param>
public sealed record Flush(
    string Account,
    int Entries,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt)
{
    /// <summary>
    /// The opaque id of the flush. Absent if the flush wrote nothing: the account was empty, and the request had no
    /// idempotency key.
    /// </summary>
    [JsonPropertyOrder(-1)]
    public string? Id { get; init; }
}
