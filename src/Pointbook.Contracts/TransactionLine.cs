using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>One line of a transaction: what it changed in one lot or one payer's balance.</summary>
public sealed record TransactionLine
{
    /// <summary>What the line records: one of <see cref="TransactionLineKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Who funds the points.</summary>
    public required string Payer { get; init; }

    /// <summary>By how much the payer's balance changed; 0 where only the lot changed.</summary>
    public required long Points { get; init; }

    /// <summary>By how much what is left of the lot changed; 0 where no lot changed.</summary>
    public required long LotPoints { get; init; }

    /// <summary>The id of the credit that opened the lot; left out where no lot changed.</summary>
    public string? LotId { get; init; }

    /// <summary>The timestamp of that credit, or of the deduction.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>When the lot expires; left out if it does not.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }
}

/// <summary>What a line records: the vocabulary of <see cref="TransactionLine.Kind"/>. Later versions may know more words.</summary>
public static class TransactionLineKind
{
    /// <summary>Points came in and opened a lot.</summary>
    public const string Credit = "credit";

    /// <summary>A payer took points back.</summary>
    public const string Deduction = "deduction";

    /// <summary>A spend took points out of a lot.</summary>
    public const string Draw = "draw";

    /// <summary>A lot paid for unpaid deductions of its payer, which changes no balance.</summary>
    public const string Settlement = "settlement";

    /// <summary>A reversal gave points back to a lot.</summary>
    public const string Return = "return";

    /// <summary>What was left of a lot expired.</summary>
    public const string Expiry = "expiry";

    /// <summary>A flush emptied a lot, or took away a payer's line.</summary>
    public const string Flush = "flush";

    /// <summary>A restore brought that back.</summary>
    public const string Restore = "restore";
}
