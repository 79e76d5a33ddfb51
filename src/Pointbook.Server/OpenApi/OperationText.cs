namespace Pointbook.Server.OpenApi;

/// <summary>What an operation does, in a few words and at length.</summary>
/// <param name="Summary">Its name in a list, without a full stop.</param>
/// <param name="Description">Whole sentences.</param>
internal sealed record OperationText(string Summary, string Description);
