using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>Points to spend. The server draws the oldest points first, across all payers.</summary>
/// <param name="Points">The number of points to spend, at least 1.</param>
public sealed record SpendRequest(long Points)
{
    /// <summary>
    /// How long the spend stays pending, unless it is captured or reversed: an ISO 8601 duration of days, hours, minutes and
    /// seconds, such as <c>PT15M</c>. Valid: 1 second to <c>Holds:DurationMax</c>, by default 30 days. If omitted, the spend
    /// is final at once.
    /// </summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Hold { get; init; }

    /// <summary>
    /// The client's own identifier for the spend, such as an order number. Optional: 1 to 200 Unicode characters, without
    /// control characters.
    /// </summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reference { get; init; }

    /// <summary>The client's reason for the spend. Optional: 1 to 500 Unicode characters, without control characters.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reason { get; init; }
}
