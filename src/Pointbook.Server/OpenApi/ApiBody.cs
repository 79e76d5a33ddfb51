using System.Text.Json.Nodes;

namespace Pointbook.Server.OpenApi;

/// <summary>A body that a request may have. Several stand for several media types. Immutable.</summary>
/// <param name="MediaType">Its media type.</param>
/// <param name="Type">What it holds, or null where it is plain text.</param>
/// <param name="Example">One that is taken.</param>
/// <param name="IsRequired">Whether it must not be left out.</param>
internal sealed record ApiBody(string MediaType, Type? Type, JsonNode Example, bool IsRequired)
{
    /// <summary>What the lines of plain text hold, where they hold JSON.</summary>
    public IReadOnlyList<Type> Lines { get; init; } = [];
}
