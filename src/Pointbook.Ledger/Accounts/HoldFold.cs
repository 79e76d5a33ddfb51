using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>Says what each entry does to the holds of its account. The state and the stores' rows follow the same rules.</summary>
public static class HoldFold
{
    /// <summary>Whether an entry opens a hold. Where there are no holds, no other entry does anything to them.</summary>
    public static bool Opens(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Kind == EntryKind.Spend && entry.ExpiresAt is not null;
    }

    /// <summary>Takes the next entry of an account into its holds.</summary>
    public static void Apply(Entry entry, IHoldTarget holds)
    {
        ArgumentNullException.ThrowIfNull(entry);
        ArgumentNullException.ThrowIfNull(holds);
        if (entry.Kind is not (EntryKind.Flush or EntryKind.Restore))
        {
            holds.ForgetSetAside();
        }

        switch (entry.Kind)
        {
            case EntryKind.Spend when entry.ExpiresAt is { } endsAt:
                holds.Open(entry.Sequence, endsAt);
                break;
            case EntryKind.Draw:
                holds.AddDraw(entry);
                break;
            case EntryKind.Capture or EntryKind.Reversal when entry.Subject is { } spend:
                holds.Close(spend);
                break;
            // A flush that found the account empty leaves what the one before it took to be restored.
            case EntryKind.Flush when entry.IsFirst && entry.Payer is not null:
                holds.SetAside();
                break;
            case EntryKind.Restore when entry.IsFirst:
                holds.BringBack();
                break;
        }
    }
}

/// <summary>What keeps the holds of one account.</summary>
public interface IHoldTarget
{
    /// <summary>Opens a hold.</summary>
    /// <param name="spend">The first entry of the spend.</param>
    /// <param name="endsAt">When it ends.</param>
    void Open(Sequence spend, Instant endsAt);

    /// <summary>Takes a draw into the hold of its spend; the draws of a spend that is not pending are ignored.</summary>
    void AddDraw(Entry draw);

    /// <summary>Closes the hold of a spend, if there is one.</summary>
    void Close(Sequence spend);

    /// <summary>Ends all pending holds because of a flush, and keeps them aside: a restore brings them back.</summary>
    void SetAside();

    /// <summary>Makes the holds that the flush set aside pending again.</summary>
    void BringBack();

    /// <summary>Forgets the holds that the latest flush set aside, if there are any: the account has moved on.</summary>
    void ForgetSetAside();
}
