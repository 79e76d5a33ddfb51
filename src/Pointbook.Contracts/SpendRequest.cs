using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>Points to spend, oldest first across payers.</summary>
/// <param name="Points">How many, at least 1.</param>
public sealed record SpendRequest(long Points)
{
    /// <summary>For how long the spend stays pending unless it is captured: an ISO 8601 duration of days and time, such as <c>PT15M</c>.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Hold { get; init; }

    /// <summary>The client's own number for it.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reference { get; init; }

    /// <summary>The client's words for why.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? Reason { get; init; }
}
