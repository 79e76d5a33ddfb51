namespace Pointbook.Contracts;

/// <summary>One account in a list.</summary>
/// <param name="Account">Its key.</param>
/// <param name="Points">Its balance; left out if there is a <c>problem</c>.</param>
/// <param name="Held">How many points pending spends hold; they are not part of <paramref name="Points"/>. Left out if there is a <c>problem</c>.</param>
public sealed record AccountSummary(string Account, long? Points, long? Held)
{
    /// <summary>Why the account has no figures: its stored rows are damaged. Left out for all other accounts.</summary>
    public Problem? Problem { get; init; }
}
