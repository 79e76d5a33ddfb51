namespace Pointbook.Contracts;

/// <summary>What became of an array of transactions, each of which stands alone.</summary>
/// <param name="Accepted">How many were written now.</param>
/// <param name="Replayed">How many had been written before, with the same key.</param>
/// <param name="Refused">How many were refused.</param>
/// <param name="Items">What became of each, in the order of the array.</param>
public sealed record BulkReply(int Accepted, int Replayed, int Refused, IReadOnlyList<BulkItem> Items);

/// <summary>What became of one transaction of an array.</summary>
/// <param name="Index">Its place in the array, from 0.</param>
/// <param name="Status">One of <see cref="BulkStatus"/>.</param>
/// <param name="Transaction">The transaction as it is stored; null if it was refused.</param>
/// <param name="Problem">Why it was refused; null if it was not.</param>
public sealed record BulkItem(int Index, string Status, Transaction? Transaction, Problem? Problem);

/// <summary>What can become of one transaction of an array: the closed vocabulary of <see cref="BulkItem.Status"/>.</summary>
public static class BulkStatus
{
    /// <summary>It was written now.</summary>
    public const string Accepted = "accepted";

    /// <summary>It had been written before, with the same key.</summary>
    public const string Replayed = "replayed";

    /// <summary>It was refused.</summary>
    public const string Refused = "refused";
}
