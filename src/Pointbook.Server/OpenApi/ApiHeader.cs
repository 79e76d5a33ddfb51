namespace Pointbook.Server.OpenApi;

/// <summary>A header of the replies to requests that were carried out. Immutable.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">What it says.</param>
/// <param name="Example">One value of it.</param>
internal sealed record ApiHeader(string Name, string Description, string Example);
