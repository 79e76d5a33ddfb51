using Pointbook.Contracts;

namespace Pointbook.Client;

/// <summary>Filters an account's history. A property that is null does not filter. Immutable.</summary>
public sealed record HistoryFilter
{
    /// <summary>Only transactions that concern this payer.</summary>
    public string? Payer { get; init; }

    /// <summary>Only transactions of this kind: one of <see cref="TransactionKind"/>.</summary>
    public string? Kind { get; init; }

    /// <summary>Only transactions recorded at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Only transactions recorded before this time.</summary>
    public DateTimeOffset? To { get; init; }
}
