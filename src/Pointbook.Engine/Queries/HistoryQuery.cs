using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Selects operations of an account. Immutable.</summary>
/// <param name="Account">The account.</param>
/// <param name="CountMax">The most operations to return, at least 1.</param>
public sealed record HistoryQuery(AccountId Account, int CountMax)
{
    /// <summary>Only operations before this one, from <see cref="HistoryPage.Next"/>; null to begin with the newest.</summary>
    public Sequence? Before { get; init; }

    /// <summary>Only operations with an entry of this payer; null for all.</summary>
    public PayerName? Payer { get; init; }

    /// <summary>Only operations of this kind, see <see cref="OperationKind"/>; null for all.</summary>
    public EntryKind? Kind { get; init; }

    /// <summary>Only operations recorded at this instant or later; null for all.</summary>
    public Instant? RecordedFrom { get; init; }

    /// <summary>Only operations recorded before this instant; null for all.</summary>
    public Instant? RecordedTo { get; init; }

    /// <summary>Only operations that the latest flush has archived.</summary>
    public bool IsArchive { get; init; }
}
