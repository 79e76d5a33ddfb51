namespace Pointbook.Contracts;

/// <summary>The values of <see cref="Transaction.Kind"/>. Later versions may add values.</summary>
public static class TransactionKind
{
    /// <summary>A transaction added points.</summary>
    public const string Credit = "credit";

    /// <summary>A transaction removed points of a payer.</summary>
    public const string Deduction = "deduction";

    /// <summary>A client spent points, or holds them for a pending spend.</summary>
    public const string Spend = "spend";

    /// <summary>A client made a pending spend final.</summary>
    public const string Capture = "capture";

    /// <summary>The points of a spend were returned, by a request or by the end of its hold.</summary>
    public const string Reversal = "reversal";

    /// <summary>The remaining points of a credit expired.</summary>
    public const string Expiry = "expiry";

    /// <summary>A client emptied the account.</summary>
    public const string Flush = "flush";

    /// <summary>A client brought back what a flush had removed.</summary>
    public const string Restore = "restore";
}
