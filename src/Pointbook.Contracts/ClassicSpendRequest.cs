namespace Pointbook.Contracts;

/// <summary>Points to spend with <c>POST /spend</c>, which takes nothing else.</summary>
/// <param name="Points">How many, at least 1.</param>
public sealed record ClassicSpendRequest(long Points);
