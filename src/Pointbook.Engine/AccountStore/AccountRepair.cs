using System.Threading.Channels;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Rewrites the rows of damaged accounts from the journal in the background. Any thread may report an account; one task repairs.</summary>
/// <remarks>
/// The repair reads the journal while the snapshot writer applies rounds. It reads only the last part, written meanwhile, between two rounds.
/// An account that cannot be repaired stays marked, and the next start rebuilds the account store.
/// </remarks>
internal sealed class AccountRepair(PartitionParts parts, BugStop bugs, RoundApplier rounds, SemaphoreSlim writing, SemaphoreSlim scanning, Action<AccountId> onRepaired) : IDisposable
{
    // If many accounts are damaged, the file or the database is damaged. A restart then rebuilds everything in one go.
    private const int AccountsMax = 1_000;
    private const int AccountsPerScan = 64;

    // The snapshot writer waits while the repair reads, so this number is small.
    private const int EntriesBetweenRoundsMax = 10_000;

    // Rows that become damaged again and again are not worth a scan each time.
    private const int RepairsPerAccountMax = 3;

    private static readonly TimeSpan PauseMax = TimeSpan.FromMinutes(1);

    private readonly SnapshotWriterOptions _options = parts.SnapshotWriterOptions;
    private readonly Channel<AccountId> _accounts = Channel.CreateBounded<AccountId>(AccountsMax);
    private readonly Dictionary<AccountId, int> _repairs = [];
    private readonly CancellationTokenSource _stopped = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins to repair reported accounts.</summary>
    public void Start() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Stops at once. Unrepaired accounts stay marked, and the next start rebuilds the account store.</summary>
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
        if (_options.RepairEntriesMax == 0)
        {
            GiveUp(account, "repairs are disabled");
        }
        else if (!_accounts.Writer.TryWrite(account))
        {
            GiveUp(account, $"{AccountsMax} accounts already wait for a repair");
        }
    }

    private async Task RunAsync()
    {
        try
        {
            while (await _accounts.Reader.WaitToReadAsync(_stopped.Token).ConfigureAwait(false))
            {
                await scanning.WaitAsync(_stopped.Token).ConfigureAwait(false);
                try
                {
                    await RepairAsync(TakeAccounts(), _stopped.Token).ConfigureAwait(false);
                }
                finally
                {
                    scanning.Release();
                }
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

    private HashSet<AccountId> TakeAccounts()
    {
        HashSet<AccountId> accounts = [];
        while (accounts.Count < AccountsPerScan && _accounts.Reader.TryRead(out AccountId? account))
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
        TimeSpan pause = _options.RetryDelay;
        while (accounts.Count > 0)
        {
            try
            {
                if (scan.IsOutdated)
                {
                    scan = new AccountScan(parts.Journal, accounts, _options.RepairEntriesMax);
                }

                if (await TryRepairOneAsync(accounts, scan, stopping).ConfigureAwait(false))
                {
                    pause = _options.RetryDelay;
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

            await Task.Delay(pause, parts.Clock, stopping).ConfigureAwait(false);
            pause = pause * 2 < PauseMax ? pause * 2 : PauseMax;
        }
    }

    /// <summary>Reads the journal up to the account store's position, and writes the rows of one account between two rounds.</summary>
    /// <returns>False if a round is in progress, including a round of another server.</returns>
    private async Task<bool> TryRepairOneAsync(HashSet<AccountId> accounts, AccountScan scan, CancellationToken stopping)
    {
        Sequence position = await ReadPositionAsync(stopping).ConfigureAwait(false);
        await scan.ReadThroughAsync(position, stopping).ConfigureAwait(false);
        if (scan.IsOutdated)
        {
            return true;
        }

        await writing.WaitAsync(stopping).ConfigureAwait(false);
        try
        {
            await rounds.MarkDamagedAsync(stopping).ConfigureAwait(false);
            position = await ReadPositionAsync(stopping).ConfigureAwait(false);
            if (position < scan.Last)
            {
                // Another process has emptied the tables. The rebuild includes these accounts.
                accounts.Clear();
                return true;
            }

            if (position.Value - scan.Last.Value > EntriesBetweenRoundsMax)
            {
                return true;
            }

            await scan.ReadThroughAsync(position, stopping).ConfigureAwait(false);
            if (scan.IsOutdated)
            {
                return true;
            }

            return await TryWriteAsync(accounts, scan, stopping).ConfigureAwait(false);
        }
        finally
        {
            writing.Release();
        }
    }

    private async Task<Sequence> ReadPositionAsync(CancellationToken stopping) =>
        (await parts.AccountStore.ReadPositionAsync(stopping).ConfigureAwait(false)).Last;

    private async Task<bool> TryWriteAsync(HashSet<AccountId> accounts, AccountScan scan, CancellationToken stopping)
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

            onRepaired(account);
        }
        catch (AccountDamagedException damage)
        {
            GiveUp(account, damage.Damage);
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
