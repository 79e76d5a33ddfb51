namespace Pointbook.Contracts;

/// <summary>One account in a list.</summary>
/// <param name="Account">Its key.</param>
/// <param name="Points">Its balance.</param>
/// <param name="Held">How many points pending spends hold; they are not part of <paramref name="Points"/>.</param>
public sealed record AccountSummary(string Account, long Points, long Held);
