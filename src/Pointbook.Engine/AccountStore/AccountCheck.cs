using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Loads every account of the journal once, to find accounts that lost their row. Otherwise lists and sweeps would lack them until a request needs them.</summary>
/// <remarks>Deleted rows with invalid account keys are the reason: each may have been the row of an account.</remarks>
internal sealed class AccountCheck(PartitionParts parts, BetweenRounds rounds, Action<AccountDamagedException> onDamaged)
{
    private const int AccountsPerLoad = 512;

    // No more are remembered and repaired at a time. The next check continues after them.
    private const int DamagedMax = 1_000;

    private long _wanted;
    private long _done;

    // Where a check that found many damaged accounts continues.
    private JournalHead _head = JournalHead.Empty;

    /// <summary>Whether rows were deleted since the last complete check.</summary>
    public bool IsWanted => Interlocked.Read(ref _wanted) > Interlocked.Read(ref _done);

    /// <summary>Requests a check if the number of deleted rows has grown, or if the last check is incomplete.</summary>
    /// <param name="deletedRows">See <see cref="AccountStorePosition.RowsOfNoAccount"/>.</param>
    /// <returns>Whether a check is wanted.</returns>
    public bool TryWant(long deletedRows)
    {
        Interlocked.Exchange(ref _wanted, deletedRows);
        return IsWanted;
    }

    /// <summary>Checks all accounts, and tries again if the store fails. A later request continues an incomplete check.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        TimeSpan? pause = null;
        while (true)
        {
            try
            {
                await CheckAsync(stopping).ConfigureAwait(false);
                return;
            }
            catch (JournalDamagedException damage)
            {
                // Later requests read it again, until a backup is restored.
                parts.Damage?.Report(damage);
                return;
            }
            catch (StorageFailureException)
            {
                // The snapshot writer logs the failure of the store.
                pause = await rounds.PauseAsync(pause, stopping).ConfigureAwait(false);
            }
        }
    }

    private async Task CheckAsync(CancellationToken stopping)
    {
        long wanted = Interlocked.Read(ref _wanted);
        long begin = parts.Clock.GetTimestamp();
        Sequence through = (await parts.AccountStore.ReadPositionAsync(stopping).ConfigureAwait(false)).Last;
        HashSet<AccountId> opened = [];
        List<AccountDamagedException> damaged = [];
        long accounts = 0;
        bool isComplete = _head.Last >= through;
        await foreach (Commit commit in JournalVerification.ReadAsync(parts.Journal, _head, stopping).ConfigureAwait(false))
        {
            opened.UnionWith(commit.Entries.Where(entry => entry.AccountOpening == entry.Sequence && !entry.Account.IsErased).Select(entry => entry.Account));
            isComplete = commit.Last >= through;
            if (opened.Count >= AccountsPerLoad || isComplete)
            {
                accounts += opened.Count;
                await LoadAsync(opened, damaged, stopping).ConfigureAwait(false);
                opened.Clear();
                if (damaged.Exists(damage => damage.IsOfDirectory))
                {
                    // A lost row cannot be told from an account that never existed. A later check continues here, after the directory was rewritten.
                    isComplete = false;
                    break;
                }

                _head = commit.ToHead();
            }

            if (isComplete || damaged.Count >= DamagedMax)
            {
                break;
            }
        }

        damaged.ForEach(onDamaged);
        parts.Logger.AccountsChecked(parts.Journal.Partition, accounts, damaged.Count, (long)parts.Clock.GetElapsedTime(begin).TotalMilliseconds);
        if (isComplete)
        {
            await parts.AccountStore.FinishCheckAsync(stopping).ConfigureAwait(false);
            _head = JournalHead.Empty;
            Interlocked.Exchange(ref _done, wanted);
        }
    }

    /// <summary>Loads accounts, without their state.</summary>
    private async Task LoadAsync(HashSet<AccountId> accounts, List<AccountDamagedException> damaged, CancellationToken stopping)
    {
        LoadRequest request = new([.. accounts.Select(account => new AccountRequest(account, WithState: false, [], []))], Sequence.Zero);
        await foreach (LoadedAccount loaded in parts.AccountStore.LoadAsync(request, stopping).ConfigureAwait(false))
        {
            if (loaded.Damage is { } damage)
            {
                damaged.Add(damage);
            }
        }
    }
}
