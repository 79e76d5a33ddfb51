namespace Pointbook.Contracts;

/// <summary>The valid values of <see cref="Spend.Status"/>. The list is complete.</summary>
public static class SpendStatus
{
    /// <summary>The points are held until a client captures or reverses the spend, or until the hold ends.</summary>
    public const string Pending = "pending";

    /// <summary>
    /// The points are spent. A client can still reverse the spend once, unless the account was flushed after it. A pending
    /// spend that a flush removed also has this status.
    /// </summary>
    public const string Final = "final";

    /// <summary>The points were returned, by a request or by the end of the hold. This status never changes.</summary>
    public const string Reversed = "reversed";
}
