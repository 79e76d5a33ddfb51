using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>What of an account's history is wanted. What is null does not narrow it down. Immutable.</summary>
public sealed record HistoryFilter
{
    /// <summary>Only what this payer has to do with.</summary>
    public string? Payer { get; init; }

    /// <summary>Only what is of this kind: one of <see cref="TransactionKind"/>.</summary>
    public string? Kind { get; init; }

    /// <summary>Only what was recorded then or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only what was recorded earlier.</summary>
    public DateTimeOffset? To { get; init; }
}
