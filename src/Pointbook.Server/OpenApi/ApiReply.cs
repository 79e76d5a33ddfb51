using System.Text.Json.Nodes;

namespace Pointbook.Server.OpenApi;

/// <summary>A successful reply. A status may have several, one per media type. Immutable.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Description">Its meaning.</param>
/// <param name="MediaType">Its media type.</param>
/// <param name="Type">The type of its content, or null for plain text.</param>
/// <param name="Example">An example.</param>
internal sealed record ApiReply(int Status, string Description, string MediaType, Type? Type, JsonNode Example)
{
    /// <summary>The types of the lines or events, if the plain text consists of JSON.</summary>
    public IReadOnlyList<Type> Lines { get; init; } = [];
}
