using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>One payer's line in the balance of one account. Changed only by <see cref="AccountState.Apply"/>; not thread-safe.</summary>
public sealed class PayerLine
{
    internal PayerLine(PayerName name, Sequence firstSequence)
    {
        OwnsName = !SharedNames.Share(ref name);
        Name = name;
        FirstSequence = firstSequence;
    }

    /// <summary>Whose line it is.</summary>
    public PayerName Name { get; }

    /// <summary>The entry with which the payer first appeared since the last flush; lines are listed in this order.</summary>
    public Sequence FirstSequence { get; }

    /// <summary>The payer's balance: its lots less its outstanding deductions. Never negative.</summary>
    public Points Balance { get; internal set; }

    /// <summary>The payer's deductions that no lot has paid for yet. Never negative.</summary>
    public Points Outstanding { get; internal set; }

    /// <summary>How many open lots the payer has.</summary>
    public int LotCount { get; internal set; }

    /// <summary>The line before it. The links make the list, so that a flush of very many payers takes each line out at once.</summary>
    internal PayerLine? Previous { get; set; }

    /// <summary>The line behind it.</summary>
    internal PayerLine? Next { get; set; }

    /// <summary>About how much memory it takes, in bytes. A name that accounts share counts for the first of them.</summary>
    internal long SizeInBytes => HeapSize.Header + FieldBytes + (OwnsName ? HeapSize.Of(Name) : 0);

    // Seven fields of eight bytes; the last one is the count of lots and whether it owns the name.
    private const long FieldBytes = 56;

    private bool OwnsName { get; }
}
