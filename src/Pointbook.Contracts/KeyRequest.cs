using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A wish for an API key.</summary>
/// <param name="Name">What it will be called, and what is written on everything that is done with it: 1 to 64 of <c>A-Z a-z 0-9 . _ @ -</c>.</param>
/// <param name="Scopes">What it may be used for: <c>read</c>, <c>add</c>, <c>spend</c>, <c>flush</c>, <c>admin</c>.</param>
public sealed record KeyRequest(string Name, [property: JsonConverter(typeof(TextListConverter))] IReadOnlyList<string> Scopes)
{
    /// <summary>The accounts that it may be used on, such as <c>shop:42</c>, or <c>shop:*</c> for all that begin like this; all if it is left out. It must not be empty.</summary>
    [JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>How long it is taken, as an ISO 8601 duration such as <c>P90D</c>; until it is revoked if it is left out.</summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? ExpiresAfter { get; init; }
}
