using Microsoft.Extensions.Logging;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>Decides each item in the batch if memory has everything that it needs, and otherwise parks it at the dock. Owned by the loop.</summary>
internal sealed class Decider(Batch batch, PartitionMemory memory, LoadingDock dock, TimeSpan keysKeptFor, ILogger logger)
{
    /// <summary>Decides an item or parks it.</summary>
    /// <param name="item">The item.</param>
    /// <param name="refusalOfWrites">Why the partition currently refuses commands, or null if it does not. It never refuses reads for this reason.</param>
    /// <returns>False if too many items are parked, so that the caller must refuse this one.</returns>
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
    /// <returns>False if memory lacks something that the item needs, or if earlier items are parked for the account.</returns>
    private bool TryDecide(AccountItem item, RefusalCode? refusalOfWrites)
    {
        // The account is looked up first, so that it counts as used even if the key or the subject is missing.
        KeyRecord? used = null;
        SubjectEnd? end = null;
        if (dock.IsParked(item.Account)
            || !memory.TryUse(item.Account, out AccountState? state)
            || (item.Key is not null && !TryFindKey(item, item.Key, state, out used))
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

    /// <summary>Looks up a key's earlier use. It counts as unused if it is too old, or if an erased account with the same account key used it.</summary>
    private bool TryFindKey(AccountItem item, IdempotencyKey key, AccountState state, out KeyRecord? used)
    {
        used = batch.FindKey(item.Account, key);
        bool isKnown = used?.Operation >= state.Opening || memory.TryFindKey(item, key, state.Opening, out used);
        used = state.Opening == Sequence.Zero || used?.DecidedAt.PlusClamped(keysKeptFor) <= batch.Time.DecidedAt ? null : used;
        return isKnown;
    }

    private bool TryFindEnd(AccountItem item, Sequence subject, out SubjectEnd? end)
    {
        end = batch.FindEnd(subject);
        return end is not null || memory.TryFindEnd(item, subject, out end);
    }
}
