using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>An operation in the history of an account: a transaction that a client added, a spend, or another change.</summary>
public sealed record Transaction
{
    /// <summary>The opaque id of the operation.</summary>
    public required string Id { get; init; }

    /// <summary>The account key.</summary>
    public required string Account { get; init; }

    /// <summary>
    /// The kind of operation: <c>credit</c>, <c>deduction</c>, <c>spend</c>, <c>capture</c>, <c>reversal</c>, <c>expiry</c>,
    /// <c>flush</c> or <c>restore</c>. Later versions may add kinds.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The payer, who funds the points. Present on credits, deductions and expiries.</summary>
    public string? Payer { get; init; }

    /// <summary>The change of the account's balance. Negative if the balance decreased, and 0 for a capture.</summary>
    public required long Points { get; init; }

    /// <summary>The balance of the account after the operation. It does not include held points.</summary>
    public required long BalanceAfter { get; init; }

    /// <summary>The time at which the transaction happened, in UTC. Present on credits and deductions.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>
    /// On a credit, the time in UTC at which its remaining points expire. Absent if they never expire. On an expiry, the
    /// time at which the lot expired. Absent on all other kinds.
    /// </summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>
    /// The time at which the server recorded the operation, in UTC. Later commits of the same partition have later times.
    /// </summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>
    /// The operation to which this one refers: the spend of a capture or reversal, the flush of a restore, or the credit of
    /// an expiry. Absent on all other kinds.
    /// </summary>
    public string? SubjectId { get; init; }

    /// <summary>The change of each payer's balance. Present on spends, reversals, flushes and restores.</summary>
    public IReadOnlyList<PayerChange>? Payers { get; init; }

    /// <summary>The number of lines of the operation. Present on spends, reversals, flushes and restores.</summary>
    public int? LinesCount { get; init; }

    /// <summary>The path of the paged list of its lines. Present on spends, reversals, flushes and restores.</summary>
    public string? LinesUrl { get; init; }

    /// <summary>The client's own identifier for the operation. Absent if the request had none.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's reason for the operation. Absent if the request had none.</summary>
    public string? Reason { get; init; }

    /// <summary>
    /// The name of the API key that the client used, or <c>jwt:</c> and the subject of its token. Absent in protected mode,
    /// and for operations that the server starts itself, such as expiries.
    /// </summary>
    public string? Actor { get; init; }

    /// <summary>
    /// True if the operation belongs to the archive: it came before the latest flush that emptied the account, or is that
    /// flush. Otherwise absent, also after a restore of that flush.
    /// </summary>
    public bool? Archived { get; init; }
}

/// <summary>The change of one payer's balance.</summary>
/// <param name="Payer">The payer, who funds the points.</param>
/// <param name="Points">The change of the payer's balance. Negative if the balance decreased.</param>
public sealed record PayerChange(string Payer, long Points);
