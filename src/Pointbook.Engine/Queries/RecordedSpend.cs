using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>A spend and what became of it. Immutable.</summary>
/// <param name="Receipt">What it wrote.</param>
/// <param name="Status">What became of it.</param>
public sealed record RecordedSpend(Receipt Receipt, SpendStatus Status)
{
    /// <summary>Until when it is pending; null if it is not.</summary>
    public Instant? HoldUntil { get; init; }

    /// <summary>The reversal; null if it was not reversed, and for the end of a hold that is not written yet.</summary>
    public EntryId? Reversal { get; init; }

    /// <summary>Finds out what became of a spend.</summary>
    internal static RecordedSpend Of(Receipt receipt, Partition.AccountView view)
    {
        Sequence spend = receipt.Head.Sequence;
        if (view.Account.FindHold(spend) is { } hold)
        {
            return new RecordedSpend(receipt, SpendStatus.Pending) { HoldUntil = hold.EndsAt };
        }

        if (view.SubjectEnd is { Kind: EntryKind.Reversal } end)
        {
            return new RecordedSpend(receipt, SpendStatus.Reversed) { Reversal = new EntryId(receipt.Partition, end.Operation) };
        }

        bool isOver = view.Account.Due.Any(entry => entry.Kind == EntryKind.Reversal && entry.Subject == spend);
        return new RecordedSpend(receipt, isOver ? SpendStatus.Reversed : SpendStatus.Final);
    }
}

/// <summary>What became of a spend.</summary>
public enum SpendStatus
{
    /// <summary>Its points are held until it is captured, reversed, or its hold ends.</summary>
    Pending,

    /// <summary>Its points are spent. It may still be reversed.</summary>
    Final,

    /// <summary>Its points went back into their lots.</summary>
    Reversed,
}
