using System.Text.Json.Nodes;

namespace Pointbook.Server.OpenApi;

/// <summary>What a JSON reply of an operation holds instead, if the request asks for it. Immutable.</summary>
/// <param name="Type">What it holds.</param>
/// <param name="Example">One as it is given.</param>
internal sealed record ApiAlternative(Type Type, JsonNode Example);
