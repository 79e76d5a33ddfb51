using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A line of the journal feed: one entry, with everything that the journal states about it.</summary>
/// <param name="Partition">The number of the partition, from 0.</param>
/// <param name="Sequence">The position of the entry in the journal of the partition: 1, 2, 3 … without a gap.</param>
/// <param name="Kind">
/// What the entry records: <c>credit</c>, <c>deduction</c>, <c>spend</c>, <c>draw</c>, <c>settlement</c>, <c>capture</c>,
/// <c>reversal</c>, <c>return</c>, <c>expiry</c>, <c>flush</c>, <c>restore</c> or <c>erasure</c>. Later versions may add
/// kinds.
/// </param>
/// <param name="Account">The account key, or the replacement for the key of an erased account.</param>
/// <param name="Payer">
/// The payer, who funds the points. Absent on the first entry of a spend or reversal, on a capture, on an erasure, and on a
/// flush of an empty account. Also absent where a flush or restore names a pending spend.
/// </param>
/// <param name="Points">The change of the payer's balance. 0 if the balance does not change.</param>
/// <param name="LotPoints">The change of what is left in the lot. 0 if no lot changes.</param>
/// <param name="Timestamp">
/// On a credit or deduction, its timestamp. On an entry that changes a lot, the timestamp of the lot's credit. Absent on all
/// other entries.
/// </param>
/// <param name="Lot">
/// The lot that the entry changes, as the sequence of its credit. A credit names itself. Absent if no lot changes.
/// </param>
/// <param name="ExpiresAt">
/// The time at which the lot expires. Absent if it never expires. On an entry that opens or names a pending spend, the time
/// at which its hold ends. On the first entry of a reversal that no client requested, the time at which the hold ended.
/// Absent on all other entries without a lot.
/// </param>
/// <param name="Operation">The sequence of the first entry of this entry's operation. On the first entry, its own sequence.</param>
/// <param name="Subject">
/// The operation to which this operation refers, as the sequence of its first entry. Present on the first entry of a
/// capture, reversal or restore. Later entries of a flush name the pending spends that it ended, and those of a restore
/// name the spends that are pending again. Absent on all other entries.
/// </param>
/// <param name="RecordedAt">The time at which the commit of the entry was recorded, in UTC.</param>
public sealed record JournalEntry(
    int Partition,
    long Sequence,
    string Kind,
    string Account,
    string? Payer,
    long Points,
    long LotPoints,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset? Timestamp,
    long? Lot,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset? ExpiresAt,
    long Operation,
    long? Subject,
    [property: JsonConverter(typeof(Rfc3339Converter))] DateTimeOffset RecordedAt)
{
    /// <summary>The value of <see cref="Type"/> in every such line.</summary>
    public const string TypeName = "entry";

    /// <summary>The type of the line: always <c>entry</c>.</summary>
    [JsonPropertyOrder(-1)]
    public string Type { get; init; } = TypeName;

    /// <summary>
    /// The account's previous operation, as the sequence of its first entry. Present only on the first entry of an
    /// operation. Absent on the first operation of the account.
    /// </summary>
    public long? PreviousOperation { get; init; }

    /// <summary>The balance of the account before the operation. Present only on the first entry of an operation.</summary>
    public long? BalanceBefore { get; init; }

    /// <summary>
    /// The idempotency key of the write. Present only on the first entry of an operation. Absent if the write had none, or
    /// if the account is erased.
    /// </summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>
    /// The SHA-256 of the command that used the idempotency key, in hexadecimal. Present exactly if <c>idempotencyKey</c>
    /// is.
    /// </summary>
    public string? KeyHash { get; init; }

    /// <summary>
    /// The client's own identifier for the operation. Present only on the first entry of an operation. Absent if the request
    /// had none, or if the account is erased. An erasure itself keeps its reference.
    /// </summary>
    public string? Reference { get; init; }

    /// <summary>
    /// The client's reason for the operation. Present only on the first entry of an operation. Absent if the request had
    /// none, or if the account is erased. An erasure itself keeps its reason.
    /// </summary>
    public string? Reason { get; init; }

    /// <summary>
    /// The name of the API key that the client used, or <c>jwt:</c> and the subject of its token. Present on every entry of
    /// an operation. Absent in protected mode, and for operations that the server starts itself, such as expiries.
    /// </summary>
    public string? Actor { get; init; }
}
