using Microsoft.Extensions.Logging;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>Puts each item into the batch if everything that it needs is in memory, and lets it wait at the dock otherwise. Owned by the loop.</summary>
internal sealed class Decider(Batch batch, PartitionMemory memory, LoadingDock dock, TimeSpan keysKeptFor, ILogger logger)
{
    /// <summary>Decides an item or lets it wait.</summary>
    /// <param name="item">The item.</param>
    /// <param name="refusalOfWrites">Why commands are refused at the moment, or null if they are not; reads never are.</param>
    /// <returns>False if too many wait already, so that the item has to be refused.</returns>
    public bool TryDecide(WorkItem item, RefusalCode? refusalOfWrites)
    {
        switch (item)
        {
            case ProbeItem probe:
                batch.Decide(probe);
                return true;
            case AccountItem ofAccount:
                return TryDecide(ofAccount, refusalOfWrites) || dock.TryPark(ofAccount, withState: !memory.Contains(ofAccount.Account));
            default:
                throw new ArgumentException($"{item.GetType().Name} cannot be decided.", nameof(item));
        }
    }

    /// <summary>Decides an item about an account.</summary>
    /// <returns>False if something that it needs is not in memory, or if earlier items wait for the account.</returns>
    private bool TryDecide(AccountItem item, RefusalCode? refusalOfWrites)
    {
        // Everything is looked at before anything is decided, so that the account counts as used whatever is missing.
        KeyRecord? used = null;
        SubjectEnd? end = null;
        if (dock.IsParked(item.Account)
            || !memory.TryUse(item.Account, out AccountState? state)
            || (item.Key is not null && !TryFindKey(item, item.Key, out used))
            || (item.Subject is { } subject && !TryFindEnd(item, subject, out end)))
        {
            return false;
        }

        switch (item)
        {
            case ReadItem read:
                Decide(read, state, end);
                break;
            case WriteItem write when used is not null:
                batch.DecideUsedKey(write, used.Value);
                break;
            case WriteItem write when refusalOfWrites is { } refusal:
                batch.DecideRefused(write, new Refusal(refusal));
                break;
            case WriteItem write:
                batch.Decide(write, state, end);
                break;
        }

        return true;
    }

    private void Decide(ReadItem read, AccountState state, SubjectEnd? end)
    {
        long sizeBefore = state.SizeInBytes;
        if (batch.Decide(read, state, end) is { } bug)
        {
            logger.ReadFailed(bug);
        }

        if (state.SizeInBytes != sizeBefore)
        {
            memory.Measure(read.Account);
        }
    }

    /// <summary>Looks up what a key was used for; one that is too old counts as unused.</summary>
    private bool TryFindKey(AccountItem item, IdempotencyKey key, out KeyRecord? used)
    {
        used = batch.FindKey(item.Account, key);
        bool isKnown = used is not null || memory.TryFindKey(item, key, out used);
        used = used?.DecidedAt.PlusClamped(keysKeptFor) <= batch.Time.DecidedAt ? null : used;
        return isKnown;
    }

    private bool TryFindEnd(AccountItem item, Sequence subject, out SubjectEnd? end)
    {
        end = batch.FindEnd(subject);
        return end is not null || memory.TryFindEnd(item, subject, out end);
    }
}
