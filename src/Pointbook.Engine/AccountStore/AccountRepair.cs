using System.Threading.Channels;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>
/// Rewrites the rows of damaged accounts, and the lists of all accounts, from the journal in the background. Also looks for accounts that lost their rows. Any thread
/// may report damage; one task repairs.
/// </summary>
/// <remarks>
/// The repair reads the journal while the snapshot writer applies rounds. It reads only the last part, written meanwhile, between two rounds.
/// An account that cannot be repaired stays marked, and the next start rebuilds the account store.
/// </remarks>
internal sealed class AccountRepair(
    PartitionParts parts, BugStop bugs, BetweenRounds rounds, DamagedAccounts damaged) : IDisposable
{
    // If many accounts are damaged, the file or the database is damaged. A restart then rebuilds everything in one go.
    private const int AccountsMax = 1_000;
    private const int AccountsPerScan = 64;

    // Rows that become damaged again and again are not worth a scan each time.
    private const int RepairsPerAccountMax = 3;

    private readonly SnapshotWriterOptions _options = parts.SnapshotWriterOptions;

    private readonly Channel<AccountId> _accounts = Channel.CreateBounded<AccountId>(AccountsMax);

    // Makes the task look at what is wanted. One signal is enough, and it takes no place of an account.
    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ListRepair _lists = new(parts, rounds);
    private readonly AccountCheck _check = new(parts, rounds, damaged);
    private readonly Dictionary<AccountId, int> _repairs = [];
    private readonly Lock _lock = new();

    // Accounts that wait until the directory is rewritten. DamagedAccounts bounds their number.
    private readonly List<AccountId> _blocked = [];

    // Accounts that waited for the directory. Only the task uses it.
    private readonly Queue<AccountId> _unblocked = [];
    private readonly CancellationTokenSource _stopped = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Whether the directory is damaged and not yet rewritten.</summary>
    public bool IsDirectoryDamaged => _lists.IsDirectoryDamaged;

    /// <summary>Begins to repair what was reported.</summary>
    public void Start() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Stops at once. Unrepaired accounts stay marked, and the next start rebuilds the account store. A load finds damage of the directory again.</summary>
    public async Task StopAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _stopped.Dispose();

    /// <summary>Requests the repair of an account.</summary>
    public void Enqueue(AccountId account)
    {
        if (!_options.Repairs)
        {
            GiveUp(account, "repairs are disabled");
        }
        else if (!_accounts.Writer.TryWrite(account))
        {
            GiveUp(account, $"{AccountsMax} accounts already wait for a repair");
        }
        else
        {
            Wake();
        }
    }

    /// <summary>Requests that the directory is rewritten.</summary>
    /// <param name="damage">The fault, without a full stop.</param>
    public void EnqueueDirectory(string damage)
    {
        if (_options.Repairs && _lists.TryWantDirectory(damage, isCertain: false))
        {
            Wake();
        }
    }

    /// <summary>Requests that the list of erasures is rewritten.</summary>
    /// <param name="damage">The fault, without a full stop.</param>
    public void EnqueueErasures(string damage)
    {
        if (_options.Repairs && _lists.TryWantErasures(damage))
        {
            Wake();
        }
    }

    /// <summary>Requests a check of all accounts if rows with invalid account keys were deleted since the last one.</summary>
    /// <param name="deletedRows">The number of these rows since the start of the process.</param>
    public void EnqueueCheck(long deletedRows)
    {
        if (_options.Repairs && _check.TryWant(deletedRows))
        {
            Wake();
        }
    }

    /// <summary>Forgets what waits for the directory, because the tables were emptied. The caller holds the lock for writing.</summary>
    public void Forget()
    {
        _lists.Forget();
        lock (_lock)
        {
            _blocked.Clear();
        }
    }

    private void Wake() => _wakes.Writer.TryWrite(true);

    private async Task RunAsync()
    {
        try
        {
            while (true)
            {
                await WaitForWorkAsync(_stopped.Token).ConfigureAwait(false);
                await rounds.ScanAsync(RepairAllAsync, _stopped.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception bug)
        {
            bugs.Report(bug);
        }
    }

    /// <summary>Waits for a report, or until the lists may be rewritten again.</summary>
    private async Task WaitForWorkAsync(CancellationToken stopping)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task reported = _wakes.Reader.WaitToReadAsync(either.Token).AsTask();
        await (_lists.DueIn is { } due ? Task.WhenAny(reported, Task.Delay(due, parts.Clock, either.Token)) : reported).ConfigureAwait(false);
        await either.CancelAsync().ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();

        // A report from here on causes another turn.
        _wakes.Reader.TryRead(out _);
    }

    /// <summary>Repairs what is reported. The lists come first. The check comes last, because the accounts that it finds need the other repairs.</summary>
    private async Task RepairAllAsync(CancellationToken stopping)
    {
        await RepairListsAsync(stopping).ConfigureAwait(false);
        await RepairAsync(TakeAccounts(), stopping).ConfigureAwait(false);
        if (_unblocked.Count > 0 || _accounts.Reader.Count > 0)
        {
            Wake();
        }
        else if (_check.IsWanted && !_lists.IsDirectoryDamaged && await _check.RunAsync(stopping).ConfigureAwait(false) is { } damage)
        {
            _lists.TryWantDirectory(damage, isCertain: true);
        }
    }

    private async Task RepairListsAsync(CancellationToken stopping)
    {
        if (_lists.DueIn != TimeSpan.Zero)
        {
            return;
        }

        bool isRewritten = await _lists.TryRunAsync(stopping).ConfigureAwait(false);
        lock (_lock)
        {
            if (isRewritten)
            {
                _blocked.ForEach(_unblocked.Enqueue);
            }
            else
            {
                GiveUp(_blocked, "the journal is damaged");
            }

            _blocked.Clear();
        }
    }

    private HashSet<AccountId> TakeAccounts()
    {
        HashSet<AccountId> accounts = [];
        while (accounts.Count < AccountsPerScan && (_unblocked.TryDequeue(out AccountId? account) || _accounts.Reader.TryRead(out account)))
        {
            int before = _repairs.GetValueOrDefault(account);
            if (before == RepairsPerAccountMax)
            {
                GiveUp(account, $"they were damaged again after {RepairsPerAccountMax} repairs");
            }
            else if (accounts.Add(account))
            {
                _repairs[account] = before + 1;
            }
        }

        return accounts;
    }

    /// <summary>Repairs accounts, and retries until the store can be read and written. Each account leaves the set once it is repaired or given up.</summary>
    private async Task RepairAsync(HashSet<AccountId> accounts, CancellationToken stopping)
    {
        AccountScan scan = new(parts.Journal, accounts, _options.RepairEntriesMax);
        TimeSpan? pause = null;
        while (accounts.Count > 0)
        {
            try
            {
                ScanResult result = await rounds.TryAsync(scan, () => TryWriteAsync(accounts, scan, stopping), stopping).ConfigureAwait(false);
                if (result == ScanResult.Emptied)
                {
                    // The rebuild includes these accounts.
                    return;
                }

                scan = result == ScanResult.Outdated ? new AccountScan(parts.Journal, accounts, _options.RepairEntriesMax) : scan;
                if (result != ScanResult.InRound)
                {
                    pause = null;
                    await RepairListsAsync(stopping).ConfigureAwait(false);
                    continue;
                }
            }
            catch (JournalDamagedException damage)
            {
                parts.Damage?.Report(damage);
                GiveUp(accounts, $"the journal is damaged. {damage.Message.TrimEnd('.')}");
                return;
            }
            catch (StorageFailureException)
            {
                // The snapshot writer logs the failure of the store.
            }

            pause = await rounds.PauseAsync(pause, stopping).ConfigureAwait(false);
        }
    }

    /// <summary>Writes the rows of one account.</summary>
    /// <returns>False if a round is in progress, including a round of another server.</returns>
    private async ValueTask<bool> TryWriteAsync(HashSet<AccountId> accounts, AccountScan scan, CancellationToken stopping)
    {
        AccountId account = accounts.First();
        if (scan.Find(account) is not { } entries)
        {
            GiveUp(account, $"together with the other damaged accounts it has more than {_options.RepairEntriesMax} entries");
            return accounts.Remove(account);
        }

        try
        {
            if (!await parts.AccountStore.RepairAsync(entries, scan.Last, stopping).ConfigureAwait(false))
            {
                return false;
            }

            damaged.TakeRepaired(account);
        }
        catch (AccountDamagedException damage)
        {
            if (damage.IsOfDirectory)
            {
                // The directory comes first, perhaps after a pause, and then this account again.
                _lists.TryWantDirectory(damage.Damage, isCertain: true);
                lock (_lock)
                {
                    _blocked.Add(account);
                }

                _repairs[account]--;
            }
            else
            {
                GiveUp(account, damage.Damage);
            }
        }

        return accounts.Remove(account);
    }

    private void GiveUp(IEnumerable<AccountId> accounts, string reason)
    {
        foreach (AccountId account in accounts)
        {
            GiveUp(account, reason);
        }
    }

    private void GiveUp(AccountId account, string reason) => parts.Logger.AccountNotRepaired(account.Value, reason);
}
