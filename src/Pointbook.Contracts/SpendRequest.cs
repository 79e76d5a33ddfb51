namespace Pointbook.Contracts;

/// <summary>Points to spend, oldest first across payers.</summary>
/// <param name="Points">How many, at least 1.</param>
public sealed record SpendRequest(long Points);
