using System.Text.Json.Nodes;

namespace Pointbook.Server.OpenApi;

/// <summary>A possible body of a request, one per media type. Immutable.</summary>
/// <param name="MediaType">Its media type.</param>
/// <param name="Type">The type of its content, or null for plain text.</param>
/// <param name="Example">A valid example.</param>
/// <param name="IsRequired">Whether the client must send it.</param>
internal sealed record ApiBody(string MediaType, Type? Type, JsonNode Example, bool IsRequired)
{
    /// <summary>The types of the lines, if the plain text consists of lines of JSON.</summary>
    public IReadOnlyList<Type> Lines { get; init; } = [];
}
