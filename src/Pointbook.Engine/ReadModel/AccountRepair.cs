using System.Threading.Channels;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Writes the rows of damaged accounts again, out of the journal, while everything else goes on. Any thread may report an account; one task repairs.</summary>
/// <remarks>
/// The journal is read beside the rounds of the projector. Only the last part of it, which was written meanwhile, is read between two rounds.
/// What can't be repaired stays marked, and the next start rebuilds the projection.
/// </remarks>
internal sealed class AccountRepair(PartitionParts parts, BugStop bugs, RoundApplier rounds, SemaphoreSlim writing, Action<AccountId> onRepaired) : IDisposable
{
    // If many accounts are damaged, the file or the database is, and a restart rebuilds all of it in one go.
    private const int AccountsMax = 1_000;
    private const int AccountsPerScan = 64;
    private const int AttemptsMax = 20;

    private readonly ProjectorOptions _options = parts.ProjectorOptions;
    private readonly Channel<AccountId> _accounts = Channel.CreateBounded<AccountId>(
        new BoundedChannelOptions(AccountsMax) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly CancellationTokenSource _stopped = new();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins to repair what is asked for.</summary>
    public void Start() => _running = Task.Run(RunAsync, CancellationToken.None);

    /// <summary>Ends at once. What is not repaired stays marked, and the next start rebuilds it.</summary>
    public async Task StopAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _stopped.Dispose();

    /// <summary>Asks for the repair of an account.</summary>
    public void Enqueue(AccountId account)
    {
        if (_options.RepairEntriesMax > 0)
        {
            _accounts.Writer.TryWrite(account);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await RepairAllAsync(_stopped.Token).ConfigureAwait(false);
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

    private async Task RepairAllAsync(CancellationToken stopping)
    {
        while (await _accounts.Reader.WaitToReadAsync(stopping).ConfigureAwait(false))
        {
            HashSet<AccountId> accounts = [];
            while (accounts.Count < AccountsPerScan && _accounts.Reader.TryRead(out AccountId? account))
            {
                accounts.Add(account);
            }

            await RepairAsync(accounts, stopping).ConfigureAwait(false);
        }
    }

    private async Task RepairAsync(HashSet<AccountId> accounts, CancellationToken stopping)
    {
        StorageFailureException? last = null;
        for (int attempt = 0; attempt < AttemptsMax; attempt++)
        {
            try
            {
                if (await TryRepairAsync(accounts, stopping).ConfigureAwait(false))
                {
                    return;
                }
            }
            catch (StorageFailureException failure)
            {
                last = failure;
            }

            await Task.Delay(_options.RetryDelay, parts.Clock, stopping).ConfigureAwait(false);
        }

        foreach (AccountId account in accounts)
        {
            parts.Logger.AccountNotRepaired(last, account.Value, last is null ? "other servers are projecting all the time" : last.Message);
        }
    }

    /// <summary>Repairs accounts, each of which leaves the set once nothing more can be done for it.</summary>
    /// <returns>False if other servers are projecting at the moment.</returns>
    private async Task<bool> TryRepairAsync(HashSet<AccountId> accounts, CancellationToken stopping)
    {
        AccountScan scan = new(parts.Journal, accounts, _options.RepairEntriesMax);
        while (accounts.Count > 0)
        {
            Sequence position = (await parts.Projection.ReadPositionAsync(stopping).ConfigureAwait(false)).Last;
            await scan.ReadThroughAsync(position, stopping).ConfigureAwait(false);
            await writing.WaitAsync(stopping).ConfigureAwait(false);
            try
            {
                await rounds.MarkDamagedAsync(stopping).ConfigureAwait(false);
                position = (await parts.Projection.ReadPositionAsync(stopping).ConfigureAwait(false)).Last;
                if (position < scan.Last)
                {
                    // Somebody has emptied the tables. They are rebuilt, and these accounts with them.
                    return true;
                }

                if (position.Value - scan.Last.Value <= _options.RoundEntriesMax)
                {
                    await scan.ReadThroughAsync(position, stopping).ConfigureAwait(false);
                    return await TryWriteAsync(accounts, scan, stopping).ConfigureAwait(false);
                }
            }
            finally
            {
                writing.Release();
            }
        }

        return true;
    }

    private async Task<bool> TryWriteAsync(HashSet<AccountId> accounts, AccountScan scan, CancellationToken stopping)
    {
        foreach (AccountId account in accounts.ToArray())
        {
            if (scan.Find(account, out string? fault) is not { } entries)
            {
                parts.Logger.AccountNotRepaired(null, account.Value, fault!);
                accounts.Remove(account);
                continue;
            }

            try
            {
                if (!await parts.Projection.RepairAsync(entries, scan.Last, stopping).ConfigureAwait(false))
                {
                    return false;
                }

                onRepaired(account);
            }
            catch (AccountDamagedException damage)
            {
                parts.Logger.AccountNotRepaired(damage, account.Value, damage.Damage);
            }

            accounts.Remove(account);
        }

        return true;
    }
}
