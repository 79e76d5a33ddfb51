using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>A spend and its status. Immutable.</summary>
/// <param name="Receipt">The receipt of the spend.</param>
/// <param name="Status">The status of the spend.</param>
public sealed record RecordedSpend(Receipt Receipt, SpendStatus Status)
{
    /// <summary>When the hold of the spend ends; null if the spend is not pending.</summary>
    public Instant? HoldUntil { get; init; }

    /// <summary>The reversal; null if the spend was not reversed, or if the end of its hold is not written yet.</summary>
    public EntryId? Reversal { get; init; }

    /// <summary>Determines the status of a spend.</summary>
    /// <returns>The spend with its status, or a refusal if the spend is not one of the account.</returns>
    internal static Outcome<RecordedSpend> Of(Receipt receipt, Partition.AccountView view)
    {
        Sequence spend = receipt.Head.Sequence;
        if (!view.Account.IsOf(receipt.Head))
        {
            return new Refusal(RefusalCode.OperationNotFound);
        }

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

/// <summary>The status of a spend.</summary>
public enum SpendStatus
{
    /// <summary>The points are held until a client captures or reverses the spend, or until the hold ends.</summary>
    Pending,

    /// <summary>The points are spent. A client can still reverse the spend.</summary>
    Final,

    /// <summary>The points were returned to their lots.</summary>
    Reversed,
}
