using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Entries;

/// <summary>One line of the journal: one change of a lot or a balance, or the header of an operation. Immutable.</summary>
/// <remarks>
/// Three sums hold at every position of the journal. The <see cref="Points"/> of a payer's entries add up to its balance. The
/// <see cref="LotPoints"/> of a lot's entries add up to the points left in it. For each payer, the sum of its LotPoints minus
/// its balance is its unpaid deductions. Headers have neither.
/// </remarks>
public sealed record Entry
{
    // Very many entries are in memory at a time. A number with a marker for "none" takes half the space of a nullable value.
    private const long None = long.MinValue;

    private readonly long _occurredAt = None;
    private readonly long _expiresAt = None;
    private readonly long _lot = None;
    private readonly long _subject = None;

    /// <summary>Its position in the journal of its partition.</summary>
    public required Sequence Sequence { get; init; }

    /// <summary>What it records.</summary>
    public required EntryKind Kind { get; init; }

    /// <summary>The account.</summary>
    public required AccountId Account { get; init; }

    /// <summary>The first entry of the account, by which the journal identifies the account; zero on that entry itself.</summary>
    public Sequence Opening { get; init; }

    /// <summary>The first entry of the account, also on that entry itself.</summary>
    public Sequence AccountOpening => Opening == Sequence.Zero ? Sequence : Opening;

    /// <summary>The first entry of the account's previous operation; zero if there is none. Only on the first entry of an operation.</summary>
    public Sequence PreviousOperation { get; init; }

    /// <summary>The balance of the account before the operation. Only on the first entry of an operation.</summary>
    public Points BalanceBefore { get; init; }

    /// <summary>The payer.</summary>
    /// <remarks>
    /// Null on the headers of spends and reversals, on captures, on erasures and on flushes of empty accounts. Also null where a flush or restore names a pending spend.
    /// </remarks>
    public PayerName? Payer { get; init; }

    /// <summary>The change of the payer's balance. Zero for settlements and headers.</summary>
    public Points Points { get; init; }

    /// <summary>The change of the lot. Zero for deductions and headers.</summary>
    public Points LotPoints { get; init; }

    /// <summary>The timestamp of the transaction, or of the changed lot.</summary>
    public Instant? OccurredAt
    {
        get => ToInstant(_occurredAt);
        init => _occurredAt = value?.UnixMicroseconds ?? None;
    }

    /// <summary>The changed lot, identified by the sequence of its credit. A credit names itself.</summary>
    public Sequence? Lot
    {
        get => ToSequence(_lot);
        init => _lot = value?.Value ?? None;
    }

    /// <summary>When the lot expires. Where an entry opens or names a pending spend, when its hold ends.</summary>
    public Instant? ExpiresAt
    {
        get => ToInstant(_expiresAt);
        init => _expiresAt = value?.UnixMicroseconds ?? None;
    }

    /// <summary>The first entry of this entry's operation. A single entry or a header names itself.</summary>
    public required Sequence Operation { get; init; }

    /// <summary>The subject of a capture, reversal or restore, identified by the first entry of that operation.</summary>
    /// <remarks>Further entries of a flush name the pending spends that it ends, and those of a restore the spends that are pending again.</remarks>
    public Sequence? Subject
    {
        get => ToSequence(_subject);
        init => _subject = value?.Value ?? None;
    }

    /// <summary>Who requested the operation, and how the client identifies it. Further entries carry only the actor; null if unknown.</summary>
    public Origin? Origin { get; init; }

    /// <summary>Whether this is the first entry of its operation.</summary>
    public bool IsFirst => Operation == Sequence;

    private static Instant? ToInstant(long microseconds) => microseconds == None ? null : new Instant(microseconds);

    private static Sequence? ToSequence(long place) => place == None ? null : new Sequence(place);
}
