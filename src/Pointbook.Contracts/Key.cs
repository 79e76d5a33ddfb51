using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>An API key, without what makes it secret.</summary>
/// <param name="Id">What it is found by.</param>
/// <param name="Name">What it is called. Of the keys that are not revoked, each has a name of its own.</param>
/// <param name="Scopes">What it may be used for.</param>
/// <param name="Status">How it stands: one of <see cref="KeyStatus"/>.</param>
/// <param name="CreatedAt">When it was created.</param>
public sealed record Key(
    string Id,
    string Name,
    IReadOnlyList<string> Scopes,
    string Status,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset CreatedAt)
{
    /// <summary>The accounts that it may be used on; all if it is not there.</summary>
    public IReadOnlyList<string>? Accounts { get; init; }

    /// <summary>Who created it: the name of a key, <c>jwt:</c> and a subject, or <c>cli:</c> and a user of the operating system.</summary>
    public string? CreatedBy { get; init; }

    /// <summary>When it stops being taken, if it does by itself.</summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was revoked, if it was.</summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>Who revoked it, as for <c>createdBy</c>.</summary>
    public string? RevokedBy { get; init; }

    /// <summary>The key itself, for the header <c>Authorization</c>. It is only in the reply that it was created with, and cannot be had again.</summary>
    public string? Secret { get; init; }
}
