using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Projection;

/// <summary>Which operations of an account to list. Immutable.</summary>
/// <param name="Account">Whose.</param>
/// <param name="CountMax">How many at most, at least 1.</param>
public sealed record OperationQuery(AccountId Account, int CountMax)
{
    /// <summary>Whether the oldest come first; otherwise the newest do.</summary>
    public bool OldestFirst { get; init; }

    /// <summary>Only operations that begin after this entry; null for all.</summary>
    public Sequence? After { get; init; }

    /// <summary>Only operations that begin before this entry; null for all.</summary>
    public Sequence? Before { get; init; }

    /// <summary>Only operations of this kind; null for all.</summary>
    public EntryKind? Kind { get; init; }

    /// <summary>Only operations that were recorded at this instant or later; null for all.</summary>
    public Instant? RecordedFrom { get; init; }

    /// <summary>Only operations that were recorded before this instant; null for all.</summary>
    public Instant? RecordedTo { get; init; }
}

/// <summary>Which payers to list. Immutable.</summary>
/// <param name="CountMax">How many at most, at least 1.</param>
/// <param name="Now">Lots that have expired by then count as due.</param>
public sealed record PayerQuery(int CountMax, Instant Now)
{
    /// <summary>This payer only; null for all.</summary>
    public PayerName? Only { get; init; }

    /// <summary>Only payers behind this one; null for all.</summary>
    public PayerName? After { get; init; }
}

/// <summary>One payer's sums over all accounts of a partition.</summary>
/// <param name="Payer">Who funds the points.</param>
/// <param name="Points">The sum of its balances.</param>
/// <param name="Outstanding">The sum of its deductions that no lot has paid for yet; they are subtracted in <paramref name="Points"/> already.</param>
/// <param name="Due">What is left in lots that have expired and were not swept yet, before deductions.</param>
public sealed record PayerTotal(PayerName Payer, Int128 Points, Int128 Outstanding, Int128 Due);

/// <summary>What flowed and what is left of one payer, by days.</summary>
/// <param name="Flows">The changes of its balances.</param>
/// <param name="Stocks">The changes of its lots.</param>
public sealed record PayerDays(IReadOnlyList<KeyValuePair<PayerFlow, Int128>> Flows, IReadOnlyList<KeyValuePair<PayerStock, Int128>> Stocks);
