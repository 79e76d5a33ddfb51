namespace Pointbook.Contracts;

/// <summary>An account in a list of accounts.</summary>
/// <param name="Account">The account key.</param>
/// <param name="Points">
/// The balance of the account, summed over its payers. Never negative. Absent if <c>problem</c> is present.
/// </param>
/// <param name="Held">
/// The points that pending spends hold. <c>points</c> does not include them. Absent if <c>problem</c> is present.
/// </param>
public sealed record AccountSummary(string Account, long? Points, long? Held)
{
    /// <summary>The reason why the account has no figures: its stored data is damaged. Absent for all other accounts.</summary>
    public Problem? Problem { get; init; }
}
