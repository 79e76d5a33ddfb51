using System.Text.Json.Serialization;

namespace Pointbook.Contracts;

/// <summary>One thing that happened in an account: a transaction that a client added, a spend, or whatever else changed it.</summary>
public sealed record Transaction
{
    /// <summary>Its opaque id.</summary>
    public required string Id { get; init; }

    /// <summary>Whose points it is about.</summary>
    public required string Account { get; init; }

    /// <summary>What happened: one of <see cref="TransactionKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>Who funds the points, on credits, deductions and expiries.</summary>
    public string? Payer { get; init; }

    /// <summary>By how much it changed the account's balance; negative for spends.</summary>
    public required long Points { get; init; }

    /// <summary>The balance of the account after it. What pending spends hold is not part of it.</summary>
    public required long BalanceAfter { get; init; }

    /// <summary>When it happened, on credits and deductions.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? Timestamp { get; init; }

    /// <summary>When what is left of the credit expires, on credits that expire; when it expired, on expiries.</summary>
    [JsonConverter(typeof(OptionalRfc3339Converter))]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it was made durable.</summary>
    [JsonConverter(typeof(Rfc3339Converter))]
    public required DateTimeOffset RecordedAt { get; init; }

    /// <summary>What it is about: the spend of a capture or reversal, the flush of a restore, the credit of an expiry.</summary>
    public string? SubjectId { get; init; }

    /// <summary>By how much it changed the balance of each payer, on spends, reversals, flushes and restores.</summary>
    public IReadOnlyList<PayerChange>? Payers { get; init; }

    /// <summary>How many lines it has, on spends, reversals, flushes and restores.</summary>
    public int? LinesCount { get; init; }

    /// <summary>Where its lines can be read page by page, on the same kinds.</summary>
    public string? LinesUrl { get; init; }

    /// <summary>The client's own number for it.</summary>
    public string? Reference { get; init; }

    /// <summary>The client's words for why.</summary>
    public string? Reason { get; init; }

    /// <summary>Who did it: the name of an API key, or <c>jwt:</c> and the subject of a token; null in protected mode.</summary>
    public string? Actor { get; init; }

    /// <summary>True where it came before the account's latest flush, or is that flush; otherwise left out.</summary>
    public bool? Archived { get; init; }
}

/// <summary>By how much the balance of one payer changed.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">The change; negative where points went.</param>
public sealed record PayerChange(string Payer, long Points);
