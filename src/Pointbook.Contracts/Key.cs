using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>An API key.</summary>
/// <param name="Id">The id of the API key: 16 lower-case hexadecimal digits. It is not secret.</param>
/// <param name="Name">
/// The name of the API key. It is unique among the API keys that are not revoked. The journal records it as the <c>actor</c>
/// of every write with this key.
/// </param>
/// <param name="Scopes">
/// What the API key permits, in the order <c>read</c>, <c>add</c>, <c>spend</c>, <c>flush</c>, <c>admin</c>.
/// </param>
/// <param name="Status">
/// <c>active</c>: the server accepts the API key. <c>expired</c>: its time is over, and it keeps its name until it is
/// revoked. <c>revoked</c>: it was revoked.
/// </param>
/// <param name="CreatedAt">The time at which the API key was created, in UTC.</param>
public sealed record Key(
    string Id,
    string Name,
    IReadOnlyList<string> Scopes,
    string Status,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset CreatedAt)
{
    /// <summary>
    /// The accounts that the API key permits: account keys, or prefixes followed by <c>*</c>. Absent if it permits all
    /// accounts.
    /// </summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>
    /// Who created the API key: the name of an API key, or <c>jwt:</c> and the subject of a token. For the command line,
    /// <c>cli:</c> and the user of the operating system. Absent if a client created it in protected mode.
    /// </summary>
    public string? CreatedBy { get; init; }

    /// <summary>The time from which the server no longer accepts the API key, in UTC. Absent if it does not expire.</summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>The time at which the API key was revoked, in UTC. Absent if it is not revoked.</summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>
    /// Who revoked the API key, in the same form as <c>createdBy</c>. Absent if it is not revoked, or if a client revoked it
    /// in protected mode.
    /// </summary>
    public string? RevokedBy { get; init; }

    /// <summary>
    /// The API key itself, for the header <c>Authorization</c>. Present only in the reply that creates the API key. The
    /// server cannot show it again.
    /// </summary>
    public string? Secret { get; init; }
}
