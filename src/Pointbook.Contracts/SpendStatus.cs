namespace Pointbook.Contracts;

/// <summary>How far a spend has come: the vocabulary of <see cref="Spend.Status"/>.</summary>
public static class SpendStatus
{
    /// <summary>The points are held until the spend is captured or reversed, or until its hold ends.</summary>
    public const string Pending = "pending";

    /// <summary>The points are spent. It may still be reversed, once.</summary>
    public const string Final = "final";

    /// <summary>The points went back, by a request or by the end of the hold. Nothing changes that.</summary>
    public const string Reversed = "reversed";
}
