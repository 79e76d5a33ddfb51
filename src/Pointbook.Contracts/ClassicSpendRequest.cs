namespace Pointbook.Contracts;

/// <summary>The body of <c>POST /spend</c>. It spends points of the account <c>default</c>. No other member is valid.</summary>
/// <param name="Points">The number of points to spend, at least 1.</param>
public sealed record ClassicSpendRequest(long Points);
