using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A line of a journal feed: one entry, with everything that the journal has of it.</summary>
/// <param name="Partition">The partition.</param>
/// <param name="Sequence">Its place in the journal of the partition: 1, 2, 3 … without a gap.</param>
/// <param name="Kind">What it records, such as <c>credit</c>.</param>
/// <param name="Account">Whose points it changes.</param>
/// <param name="Payer">Who funds the points; null on the headers of spends and reversals and on captures.</param>
/// <param name="Points">By how much the payer's balance changes.</param>
/// <param name="LotPoints">By how much the lot changes.</param>
/// <param name="Timestamp">The timestamp of the transaction, or of the lot that is changed.</param>
/// <param name="Lot">The lot that is changed, by the sequence of its credit.</param>
/// <param name="ExpiresAt">When the lot expires; on the header of a pending spend, when its hold ends.</param>
/// <param name="Operation">The first entry of the operation this one belongs to.</param>
/// <param name="Subject">The operation this one is about, by its first entry.</param>
/// <param name="RecordedAt">When it was committed.</param>
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
    /// <summary>The <see cref="Type"/> of every such line.</summary>
    public const string TypeName = "entry";

    /// <summary>What the line is: <see cref="TypeName"/>.</summary>
    [JsonPropertyOrder(-1)]
    public string Type { get; init; } = TypeName;

    /// <summary>The first entry of the account's previous operation; only on the first entry of an operation, and not on the first one of the account.</summary>
    public long? PreviousOperation { get; init; }

    /// <summary>The balance of the account before the operation; only on its first entry.</summary>
    public long? BalanceBefore { get; init; }

    /// <summary>The key of the write; only on the first entry of an operation.</summary>
    public string? IdempotencyKey { get; init; }

    /// <summary>SHA-256 of the command that used the key, in hexadecimal; there exactly if <c>idempotencyKey</c> is.</summary>
    public string? KeyHash { get; init; }

    /// <summary>The client's own number for the operation; only on its first entry.</summary>
    public string? Reference { get; init; }

    /// <summary>Why the operation was done; only on its first entry.</summary>
    public string? Reason { get; init; }

    /// <summary>Who did it: the name of an API key, or <c>jwt:</c> and the subject of a token. Not there for what was done in protected mode, and for what Pointbook does by itself, such as expiries.</summary>
    public string? Actor { get; init; }
}
