using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>A line of an operation: the change of one lot or of one payer's balance, or a pending spend that a flush ended or a restore brought back.</summary>
public sealed record TransactionLine
{
    /// <summary>
    /// What the line records: <c>credit</c>, <c>deduction</c>, <c>draw</c>, <c>settlement</c>, <c>return</c>, <c>expiry</c>,
    /// <c>flush</c> or <c>restore</c>. Later versions may add kinds.
    /// </summary>
    public required string Kind { get; init; }

    /// <summary>The payer, who funds the points. Absent if the line is about a pending spend.</summary>
    public string? Payer { get; init; }

    /// <summary>The id of the pending spend that a flush ended, or that a restore made pending again. Absent on all other lines.</summary>
    public string? SpendId { get; init; }

    /// <summary>The change of the payer's balance. 0 if the balance does not change.</summary>
    public required long Points { get; init; }

    /// <summary>The change of what is left in the lot. 0 if no lot changes.</summary>
    public required long LotPoints { get; init; }

    /// <summary>The id of the credit that opened the lot. Absent if no lot changes.</summary>
    public string? LotId { get; init; }

    /// <summary>The timestamp of that credit, or of the deduction, in UTC. Absent if the line has neither.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>The time at which the lot expires, or at which the hold of the pending spend ends, in UTC. Absent on all other lines, and if the lot never expires.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>The values of <see cref="TransactionLine.Kind"/>. Later versions may add values.</summary>
public static class TransactionLineKind
{
    /// <summary>A credit added points and opened a lot.</summary>
    public const string Credit = "credit";

    /// <summary>A deduction removed points of a payer.</summary>
    public const string Deduction = "deduction";

    /// <summary>A spend drew points from a lot.</summary>
    public const string Draw = "draw";

    /// <summary>A lot paid unpaid deductions of its payer. The balance does not change.</summary>
    public const string Settlement = "settlement";

    /// <summary>A reversal returned points to a lot.</summary>
    public const string Return = "return";

    /// <summary>The remaining points of a lot expired.</summary>
    public const string Expiry = "expiry";

    /// <summary>A flush emptied a lot, removed a payer without lots from the balance, or ended a pending spend.</summary>
    public const string Flush = "flush";

    /// <summary>A restore brought back what a line of the flush had removed.</summary>
    public const string Restore = "restore";
}
