namespace Pointbook.Contracts;

/// <summary>What happened in an account: the vocabulary of <see cref="Transaction.Kind"/>. Later versions may know more words.</summary>
public static class TransactionKind
{
    /// <summary>Points came in.</summary>
    public const string Credit = "credit";

    /// <summary>A payer took points back.</summary>
    public const string Deduction = "deduction";

    /// <summary>Points were spent, or are held for a spend.</summary>
    public const string Spend = "spend";

    /// <summary>A pending spend became final.</summary>
    public const string Capture = "capture";

    /// <summary>A spend was undone, by a request or by the end of its hold.</summary>
    public const string Reversal = "reversal";

    /// <summary>What was left of a credit expired.</summary>
    public const string Expiry = "expiry";

    /// <summary>The account was emptied.</summary>
    public const string Flush = "flush";

    /// <summary>A flush was taken back.</summary>
    public const string Restore = "restore";
}
