using System.Text.Json.Nodes;

namespace Pointbook.Server.OpenApi;

/// <summary>A reply to a request that was carried out. Several of one status stand for several media types. Immutable.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Description">What it says.</param>
/// <param name="MediaType">Its media type.</param>
/// <param name="Type">What it holds, or null where it is plain text.</param>
/// <param name="Example">One as it is given.</param>
internal sealed record ApiReply(int Status, string Description, string MediaType, Type? Type, JsonNode Example)
{
    /// <summary>What the lines or events of plain text hold, where they hold JSON.</summary>
    public IReadOnlyList<Type> Lines { get; init; } = [];
}
