using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>One payer's line in the balance of one account. Only <see cref="AccountState.Apply"/> changes it. Not thread-safe.</summary>
public sealed class PayerLine
{
    internal PayerLine(PayerName name, Sequence firstSequence)
    {
        OwnsName = !SharedNames.Share(ref name);
        Name = name;
        FirstSequence = firstSequence;
    }

    /// <summary>The payer.</summary>
    public PayerName Name { get; }

    /// <summary>The entry with which the payer first appeared since the last flush; lines are listed in this order.</summary>
    public Sequence FirstSequence { get; }

    /// <summary>The payer's balance: its lots minus its unpaid deductions. Never negative.</summary>
    public Points Balance { get; internal set; }

    /// <summary>The payer's unpaid deductions. Never negative.</summary>
    public Points Outstanding { get; internal set; }

    /// <summary>The number of the payer's open lots.</summary>
    public int LotCount { get; internal set; }

    /// <summary>The previous line. The links form the list, so a flush of very many payers removes each line in constant time.</summary>
    internal PayerLine? Previous { get; set; }

    /// <summary>The next line.</summary>
    internal PayerLine? Next { get; set; }

    /// <summary>Its approximate size in memory, in bytes. A name that accounts share counts for the first of them.</summary>
    internal long SizeInBytes => HeapSize.Header + FieldBytes + (OwnsName ? HeapSize.Of(Name) : 0);

    // Seven fields of eight bytes; the last one contains the count of lots and whether the line owns its name.
    private const long FieldBytes = 56;

    private bool OwnsName { get; }
}
