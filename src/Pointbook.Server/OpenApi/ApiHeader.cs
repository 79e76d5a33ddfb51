namespace Pointbook.Server.OpenApi;

/// <summary>A header of successful replies. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">Its meaning.</param>
/// <param name="Example">An example.</param>
internal sealed record ApiHeader(string Name, string Description, string Example);
