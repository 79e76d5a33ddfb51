using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A restore. It brings back what a flush removed.</summary>
/// <param name="Id">The opaque id of the restore.</param>
/// <param name="Account">The account key.</param>
/// <param name="FlushId">The id of the restored flush.</param>
/// <param name="Entries">The number of entries that the restore wrote. It equals the number of entries of the flush.</param>
/// <param name="RecordedAt">
/// The time at which the server recorded the restore, in UTC. Later commits of the same partition have later times.
/// </param>
public sealed record Restore(
    string Id,
    string Account,
    string FlushId,
    int Entries,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt);
