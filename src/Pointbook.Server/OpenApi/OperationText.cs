namespace Pointbook.Server.OpenApi;

/// <summary>The short and the long description of an operation.</summary>
/// <param name="Summary">The name of the operation in a list, without a full stop.</param>
/// <param name="Description">The description, in whole sentences.</param>
internal sealed record OperationText(string Summary, string Description);
