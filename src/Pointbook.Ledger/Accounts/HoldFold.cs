using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Ledger.Accounts;

/// <summary>Defines what each entry does to the holds of its account. The state and the stores' rows follow the same rules.</summary>
public static class HoldFold
{
    /// <summary>Whether an entry opens a hold. If an account has no holds, no other entry affects them.</summary>
    public static bool Opens(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Kind == EntryKind.Spend && entry.ExpiresAt is not null;
    }

    /// <summary>
    /// What an entry does to one hold, for readers that do not keep the holds of accounts. A flush names each hold that it ends, and a restore each hold that it
    /// brings back, in entries of their own.
    /// </summary>
    /// <returns>The first entry of the spend, and whether the spend is pending after the entry; null if the entry is about no spend.</returns>
    public static (Sequence Spend, bool IsPending)? ChangeOf(Entry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Kind switch
        {
            EntryKind.Spend when entry.ExpiresAt is not null => (entry.Sequence, true),
            EntryKind.Capture or EntryKind.Reversal when entry.Subject is { } spend => (spend, false),
            EntryKind.Flush or EntryKind.Restore when !entry.IsFirst && entry.Subject is { } spend => (spend, entry.Kind == EntryKind.Restore),
            _ => null,
        };
    }

    /// <summary>Applies the next entry of an account to its holds.</summary>
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
            // After a flush that found the account empty, a restore of the flush before it is still possible.
            case EntryKind.Flush when entry.IsFirst && entry.Payer is not null:
                holds.SetAside();
                break;
            case EntryKind.Restore when entry.IsFirst:
                holds.BringBack();
                break;
        }
    }
}

/// <summary>Keeps the holds of one account.</summary>
public interface IHoldTarget
{
    /// <summary>Opens a hold.</summary>
    /// <param name="spend">The first entry of the spend.</param>
    /// <param name="endsAt">When the hold ends.</param>
    void Open(Sequence spend, Instant endsAt);

    /// <summary>Adds a draw to the hold of its spend. It ignores draws of spends that are not pending.</summary>
    void AddDraw(Entry draw);

    /// <summary>Closes the hold of a spend, if there is one.</summary>
    void Close(Sequence spend);

    /// <summary>Sets all pending holds aside because of a flush. A restore brings them back.</summary>
    void SetAside();

    /// <summary>Makes the holds that the flush set aside pending again.</summary>
    void BringBack();

    /// <summary>Discards the holds that the latest flush set aside, if any: the account has changed since.</summary>
    void ForgetSetAside();
}
