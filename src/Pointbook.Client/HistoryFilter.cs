using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>A filter for an account's history. A property that is null does not filter. Immutable.</summary>
public sealed record HistoryFilter
{
    /// <summary>Only operations that involve this payer.</summary>
    public string? Payer { get; init; }

    /// <summary>Only operations of this kind: one of <see cref="TransactionKind"/>.</summary>
    public string? Kind { get; init; }

    /// <summary>Only operations recorded at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only operations recorded before this time.</summary>
    public DateTimeOffset? To { get; init; }
}
