using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Entries;

/// <summary>One line of the journal: one change of a lot or a balance, or the header of an operation. Immutable.</summary>
/// <remarks>
/// Three sums hold at every place of the journal. The <see cref="Points"/> of a payer's entries add up to its balance; the
/// <see cref="LotPoints"/> of a lot's entries add up to what is left of it; and the difference of both, over a payer, is
/// what its outstanding deductions come to. Headers have neither.
/// </remarks>
public sealed record Entry
{
    /// <summary>Its place in the journal of its partition.</summary>
    public required Sequence Sequence { get; init; }

    /// <summary>What it records.</summary>
    public required EntryKind Kind { get; init; }

    /// <summary>Whose points it changes.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The first entry of the account, by which the journal identifies it; zero if this is the first one.</summary>
    public Sequence Opening { get; init; }

    /// <summary>Who funds the points; null on the headers of spends and reversals, on captures and on flushes of empty accounts.</summary>
    public PayerName? Payer { get; init; }

    /// <summary>By how much the payer's balance changes. Zero for settlements and headers.</summary>
    public Points Points { get; init; }

    /// <summary>By how much the lot changes. Zero for deductions and headers.</summary>
    public Points LotPoints { get; init; }

    /// <summary>The timestamp of the transaction, or of the lot that is changed.</summary>
    public Instant? OccurredAt { get; init; }

    /// <summary>The lot that is changed, by the sequence of its credit. A credit names itself.</summary>
    public Sequence? Lot { get; init; }

    /// <summary>When the lot expires; on the header of a pending spend, when its hold ends.</summary>
    public Instant? ExpiresAt { get; init; }

    /// <summary>The first entry of the operation this one belongs to. An entry that stands alone, and a header, names itself.</summary>
    public required Sequence Operation { get; init; }

    /// <summary>The operation a capture, reversal or restore is about, by its first entry.</summary>
    public Sequence? Subject { get; init; }

    /// <summary>Who asked for the operation and how they named it; only on its first entry, and null if nothing was said.</summary>
    public Origin? Origin { get; init; }

    /// <summary>Whether this is the first entry of its operation.</summary>
    public bool IsFirst => Operation == Sequence;
}
