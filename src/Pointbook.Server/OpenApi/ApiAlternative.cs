using System.Text.Json.Nodes;

namespace Pointbook.Server.OpenApi;

/// <summary>The alternative content of an operation's JSON reply, if the client requests it. Immutable.</summary>
/// <param name="Type">The type of the content.</param>
/// <param name="Example">An example.</param>
internal sealed record ApiAlternative(Type Type, JsonNode Example);
