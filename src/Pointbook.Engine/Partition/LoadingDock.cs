using Microsoft.Extensions.Logging;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Partition;

/// <summary>Parks items, in order, while accounts and keys are loaded off the loop. Owned by the loop.</summary>
internal sealed class LoadingDock(
    IAccountStore accountStore, PartitionOptions options, TimeProvider clock, ILogger logger, Action<Message> post)
{
    private readonly Dictionary<AccountId, Queue<AccountItem>> _parked = [];
    private readonly List<Load> _inFlight = [];
    private readonly FailureLog _failures = new(clock, logger.LoadFailed);
    private Load _next = new();

    public bool IsLoading => _inFlight.Count > 0 || !_next.IsEmpty;

    public bool IsParked(AccountId account) => _parked.ContainsKey(account);

    /// <summary>Parks an item until its account is loaded. If the load has not begun, it also looks up the item's key and subject.</summary>
    /// <returns>False if too many items are already parked for this account.</returns>
    public bool TryPark(AccountItem item, bool withState)
    {
        if (_parked.TryGetValue(item.Account, out Queue<AccountItem>? waiting))
        {
            if (waiting.Count >= options.ParkedPerAccountMax)
            {
                return false;
            }

            if (_next.Contains(item.Account))
            {
                _next.Want(item, withState: false);
            }
        }
        else
        {
            waiting = new Queue<AccountItem>();
            _parked.Add(item.Account, waiting);
            _next.Want(item, withState);
        }

        waiting.Enqueue(item);
        return true;
    }

    /// <summary>Starts a load of all wanted data. If enough loads are running, wanted data gathers for a later load.</summary>
    public void StartLoad(Sequence stored)
    {
        if (_next.IsEmpty || _inFlight.Count >= options.LoadsInFlightMax)
        {
            return;
        }

        Load load = _next;
        _next = new Load();
        _inFlight.Add(load);
        LoadRequest request = load.Begin(stored);
        _ = Task.Run(() => RunAsync(load, request));
    }

    /// <summary>Removes and returns the items parked for an account that is now loaded.</summary>
    /// <param name="loaded">The loaded account.</param>
    /// <param name="counts">Whether what the load found about keys and subjects counts.</param>
    public Queue<AccountItem> TakeParked(AccountLoadedMessage loaded, bool counts)
    {
        loaded.Load.MarkDelivered(loaded.Account);
        if (!_parked.Remove(loaded.Account, out Queue<AccountItem>? waiting))
        {
            return new Queue<AccountItem>();
        }

        foreach (AccountItem item in waiting)
        {
            if (counts)
            {
                TakeFacts(item, loaded);
            }
        }

        return waiting;
    }

    /// <summary>Gives an item the load's facts about its key and subject. Facts that the load did not look up stay unknown, and the item is parked again.</summary>
    private static void TakeFacts(AccountItem item, AccountLoadedMessage loaded)
    {
        Sequence through = loaded.Load.StoredAtStart;
        if (item.Key is not null && loaded.Load.Asks(item.Account, item.Key))
        {
            item.KeyAnswer = new KeyAnswer(loaded.Keys.TryGetValue(item.Key, out KeyRecord record) ? record : null, through);
        }

        if (item.Subject is { } subject && loaded.Load.Asks(item.Account, subject))
        {
            item.EndAnswer = new EndAnswer(loaded.Ends.TryGetValue(subject, out SubjectEnd end) ? end : null, through);
        }
    }

    /// <summary>Ends a load.</summary>
    /// <returns>The items parked for accounts that the load did not deliver, in order for each account.</returns>
    public Queue<AccountItem> End(LoadEndedMessage ended)
    {
        _inFlight.Remove(ended.Load);
        Tell(ended.Error);
        if (ended.Error is null)
        {
            return new Queue<AccountItem>();
        }

        Queue<AccountItem> left = new();
        foreach (AccountId account in ended.Load.Accounts)
        {
            // A delivered account may have new parked items, for the load after this one.
            if (!ended.Load.IsDelivered(account) && _parked.Remove(account, out Queue<AccountItem>? waiting))
            {
                foreach (AccountItem item in waiting)
                {
                    left.Enqueue(item);
                }
            }
        }

        return left;
    }

    /// <summary>The entry up to which the tail may be trimmed. Running loads rely on entries after their start.</summary>
    /// <param name="stored">The last entry that may be trimmed.</param>
    /// <param name="trimmed">How far the tail is already trimmed. A load that relies on trimmed entries is outdated, and the tail keeps nothing for it.</param>
    public Sequence KeepTailAfter(Sequence stored, Sequence trimmed)
    {
        Sequence keep = stored;
        foreach (Load load in _inFlight)
        {
            keep = load.StoredAtStart < keep && load.StoredAtStart >= trimmed ? load.StoredAtStart : keep;
        }

        return keep;
    }

    /// <summary>Removes and returns all parked items.</summary>
    public List<AccountItem> TakeAll()
    {
        List<AccountItem> items = [.. _parked.Values.SelectMany(waiting => waiting)];
        _parked.Clear();
        return items;
    }

    /// <summary>Logs why a load failed.</summary>
    private void Tell(Exception? failure)
    {
        if (failure is null)
        {
            _failures.Forget();
        }
        else
        {
            _failures.Tell(failure);
        }
    }

    private async Task RunAsync(Load load, LoadRequest request)
    {
        StorageFailureException? error = null;
        try
        {
            await foreach (LoadedAccount loaded in accountStore.LoadAsync(request, CancellationToken.None).ConfigureAwait(false))
            {
                post(new AccountLoadedMessage(load, loaded));
            }
        }
        catch (StorageFailureException failure)
        {
            error = failure;
        }
        catch (Exception bug)
        {
            post(new BugMessage(bug));
            return;
        }

        post(new LoadEndedMessage(load, error));
    }
}
