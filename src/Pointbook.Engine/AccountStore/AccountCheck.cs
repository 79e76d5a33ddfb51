using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Loads every account of the journal once, to find accounts that lost their row. Otherwise lists and sweeps would lack them until a request needs them.</summary>
/// <remarks>Deleted rows with invalid account keys are the reason: each may have been the row of an account.</remarks>
internal sealed class AccountCheck(PartitionParts parts, BetweenRounds rounds, DamagedAccounts damaged)
{
    private const int AccountsPerLoad = 512;

    private long _wanted;
    private long _done;

    // Where an incomplete check continues, and how many rows were deleted when it began. Rows deleted later may be those of accounts before this place.
    private JournalHead _head = JournalHead.Empty;
    private long _deletedBefore;

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
    /// <returns>The fault of the directory that ended the check early, or null.</returns>
    public async Task<string?> RunAsync(CancellationToken stopping)
    {
        TimeSpan? pause = null;
        while (true)
        {
            try
            {
                return await CheckAsync(stopping).ConfigureAwait(false);
            }
            catch (JournalDamagedException damage)
            {
                // Later requests read it again, until a backup is restored.
                parts.Damage?.Report(damage);
                return null;
            }
            catch (StorageFailureException)
            {
                // The snapshot writer logs the failure of the store.
                pause = await rounds.PauseAsync(pause, stopping).ConfigureAwait(false);
            }
        }
    }

    private async Task<string?> CheckAsync(CancellationToken stopping)
    {
        long begin = parts.Clock.GetTimestamp();
        AccountStorePosition position = await parts.AccountStore.ReadPositionAsync(stopping).ConfigureAwait(false);
        _deletedBefore = _head.Last == Sequence.Zero ? position.RowsOfNoAccount : _deletedBefore;
        HashSet<AccountId> opened = [];
        (long accounts, int found) = (0, 0);
        string? directoryDamage = null;
        bool isComplete = _head.Last >= position.Last;
        await foreach (Commit commit in JournalVerification.ReadAsync(parts.Journal, _head, stopping).ConfigureAwait(false))
        {
            opened.UnionWith(commit.Entries.Where(entry => entry.AccountOpening == entry.Sequence && !entry.Account.IsErased).Select(entry => entry.Account));
            bool isEnd = commit.Last >= position.Last;
            if (opened.Count >= AccountsPerLoad || isEnd)
            {
                List<AccountDamagedException> damages = await LoadAsync(opened, stopping).ConfigureAwait(false);
                (accounts, found) = (accounts + opened.Count, found + damages.Count);
                directoryDamage = damages.Find(damage => damage.IsOfDirectory)?.Damage;
                if (!TryReport(damages) || directoryDamage is not null)
                {
                    // A later check continues here, after the directory was rewritten or other accounts were repaired.
                    break;
                }

                _head = commit.ToHead();
                opened.Clear();
                isComplete = isEnd;
            }

            if (isComplete)
            {
                break;
            }
        }

        parts.Logger.AccountsChecked(parts.Journal.Partition, accounts, found, (long)parts.Clock.GetElapsedTime(begin).TotalMilliseconds);
        if (isComplete)
        {
            await FinishAsync(stopping).ConfigureAwait(false);
        }

        return directoryDamage;
    }

    /// <summary>Reports the damaged accounts. With a damaged directory, a lost row cannot be told from an account that never existed.</summary>
    /// <returns>Whether all of them are known and marked now.</returns>
    private bool TryReport(List<AccountDamagedException> damages)
    {
        bool areKnown = true;
        foreach (AccountDamagedException damage in damages.Where(damage => !damage.IsOfDirectory))
        {
            areKnown &= damaged.TryReportAccount(damage);
        }

        return areKnown;
    }

    private async Task FinishAsync(CancellationToken stopping)
    {
        // First the marks of the accounts that were found. Otherwise, a restart could lose both.
        await rounds.MarkDamagedAsync(stopping).ConfigureAwait(false);
        await parts.AccountStore.FinishCheckAsync(_deletedBefore, stopping).ConfigureAwait(false);
        _head = JournalHead.Empty;
        Interlocked.Exchange(ref _done, _deletedBefore);
    }

    /// <summary>Loads accounts, without their state.</summary>
    /// <returns>The damage that it finds.</returns>
    private async Task<List<AccountDamagedException>> LoadAsync(HashSet<AccountId> accounts, CancellationToken stopping)
    {
        List<AccountDamagedException> damages = [];
        LoadRequest request = new([.. accounts.Select(account => new AccountRequest(account, WithState: false, [], []))], Sequence.Zero);
        await foreach (LoadedAccount loaded in parts.AccountStore.LoadAsync(request, stopping).ConfigureAwait(false))
        {
            if (loaded.Damage is { } damage)
            {
                damages.Add(damage);
            }
        }

        return damages;
    }
}
