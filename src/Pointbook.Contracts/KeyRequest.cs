using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>An API key to create.</summary>
/// <param name="Name">
/// The name of the API key: 1 to 64 characters from <c>A-Z a-z 0-9 . _ @ -</c>. It must be unique among the API keys that
/// are not revoked. The journal records it as the <c>actor</c> of every write with this key.
/// </param>
/// <param name="Scopes">
/// What the API key permits: one or more of <c>read</c>, <c>add</c>, <c>spend</c>, <c>flush</c> and <c>admin</c>. Each scope
/// permits only its own operations. <c>admin</c> is invalid together with <c>accounts</c>.
/// </param>
public sealed record KeyRequest(string Name, [property: JsonConverter(typeof(TextListConverter))] IReadOnlyList<string> Scopes)
{
    /// <summary>
    /// The accounts that the API key permits: 1 to 32 account keys such as <c>shop:42</c>, or prefixes such as
    /// <c>shop:*</c>. If omitted, it permits all accounts. An empty list is invalid.
    /// </summary>
    [JsonConverter(typeof(TextListConverter))]
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>
    /// How long the API key is valid: an ISO 8601 duration such as <c>P90D</c>, longer than zero and at most ten years. If
    /// omitted, it is valid until it is revoked.
    /// </summary>
    [JsonConverter(typeof(OptionalTextConverter))]
    public string? ExpiresAfter { get; init; }
}
