namespace Pointbook.Contracts;

/// <summary>The outcome of an array of transactions. The server accepts or refuses each transaction separately.</summary>
/// <param name="Accepted">The number of transactions that the server wrote now.</param>
/// <param name="Replayed">The number of transactions that the server had already written for the same idempotency key.</param>
/// <param name="Refused">The number of transactions that the server refused.</param>
/// <param name="Items">The outcome of each transaction, in the order of the array.</param>
public sealed record BulkReply(int Accepted, int Replayed, int Refused, IReadOnlyList<BulkItem> Items);

/// <summary>The outcome of one transaction of an array.</summary>
/// <param name="Index">The position of the transaction in the array, from 0.</param>
/// <param name="Status">
/// <c>accepted</c>: the server wrote the transaction now. <c>replayed</c>: the server had already written it for the same
/// idempotency key. <c>refused</c>: <c>problem</c> has the reason.
/// </param>
/// <param name="Transaction">The transaction as recorded. Absent if <c>status</c> is <c>refused</c>.</param>
/// <param name="Problem">The reason for the refusal. Absent unless <c>status</c> is <c>refused</c>.</param>
public sealed record BulkItem(int Index, string Status, Transaction? Transaction, Problem? Problem);

/// <summary>The valid values of <see cref="BulkItem.Status"/>. The list is complete.</summary>
public static class BulkStatus
{
    /// <summary>The server wrote the transaction now.</summary>
    public const string Accepted = "accepted";

    /// <summary>The server had already written the transaction for the same idempotency key.</summary>
    public const string Replayed = "replayed";

    /// <summary>The server refused the transaction. <see cref="BulkItem.Problem"/> has the reason.</summary>
    public const string Refused = "refused";
}
