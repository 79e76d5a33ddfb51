using Pointbook.Engine.Diagnostics;
using Pointbook.Engine.Journal;
using Pointbook.Engine.Partition;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Erases the texts of erased accounts from the journal in the background. Any thread may wake it; one task erases.</summary>
/// <remarks>
/// The round with an account's erasure deletes the account's rows. The list of unfinished erasures is one of the account store's tables, so a killed process
/// continues at its next start. Several processes may erase the same account, because an erased text stays erased.
/// </remarks>
/// <param name="parts">The journal, the account store and the pace.</param>
/// <param name="bugs">Receives bugs.</param>
/// <param name="writing">The lock for writing to the account store.</param>
/// <param name="scanning">The lock under which no account key may change, because a task reads the entries of accounts.</param>
/// <param name="onListDamaged">Receives the fault of the list of erasures, without a full stop.</param>
internal sealed class AccountEraser(
    PartitionParts parts, BugStop bugs, SemaphoreSlim writing, SemaphoreSlim scanning, Action<string> onListDamaged) : IDisposable
{
    private const int ErasuresPerRead = 1_000;

    // The eraser handles later erasures once these are finished.
    private const int ErasuresPerPurge = 100_000;

    private readonly FailureLog _failures = new(parts.Clock, failure => parts.Logger.ErasureFailed(failure));
    private readonly CancellationTokenSource _stopped = new();

    // A purge makes SQLite rewrite a whole file, and the snapshot writer waits.
    private readonly PurgePace _pace = new(parts.Clock, parts.SnapshotWriterOptions.RetryDelay, parts.SnapshotWriterOptions.ErasureInterval);

    // The erasures on the list whose texts are already overwritten.
    private HashSet<AccountErasure> _overwritten = [];

    // Whether the last pass came as far as the purge. If not, the list could not be read, for instance.
    private bool _canPurge;
    private ErasedAccounts _erased = new();
    private TaskCompletionSource _woken = NewWake();
    private Task _running = Task.CompletedTask;

    /// <summary>Begins with erasures left from earlier, then handles new ones.</summary>
    /// <param name="erased">The erased accounts of which catch-ups find no text in the journal.</param>
    public void Start(ErasedAccounts erased)
    {
        _erased = erased;
        _running = Task.Run(RunAsync, CancellationToken.None);
    }

    /// <summary>Makes the eraser look for new erasures now.</summary>
    public void Wake() => Volatile.Read(ref _woken).TrySetResult();

    /// <summary>Stops at once. The next start continues unfinished erasures.</summary>
    public async Task StopAsync()
    {
        await _stopped.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _stopped.Dispose();

    private static TaskCompletionSource NewWake() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        CancellationToken stopping = _stopped.Token;
        try
        {
            // Another process may have erased keys that this process has read since its start.
            parts.Journal.ForgetNames();
            while (!stopping.IsCancellationRequested)
            {
                // A wake from here on causes another pass.
                Volatile.Write(ref _woken, NewWake());
                await EraseAllAsync(stopping).ConfigureAwait(false);
                await _woken.Task.WaitAsync(NextPass(), parts.Clock, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Stopped.
        }
        catch (Exception bug)
        {
            bugs.Report(bug);
        }
    }

    /// <summary>How long to wait before the next pass. Texts that are overwritten wait only for the purge, unless no pass can come that far.</summary>
    private TimeSpan NextPass()
    {
        TimeSpan interval = parts.SnapshotWriterOptions.ErasureInterval;
        return _canPurge && _overwritten.Count > 0 && _pace.Left < interval ? _pace.Left : interval;
    }

    private async Task EraseAllAsync(CancellationToken stopping)
    {
        try
        {
            _canPurge = false;
            _overwritten = await OverwriteAsync(stopping).ConfigureAwait(false);
            _canPurge = true;
            if (_overwritten.Count == 0 || _pace.Left > TimeSpan.Zero || !await TryPurgeAsync(stopping).ConfigureAwait(false))
            {
                return;
            }

            _failures.Forget();
            TellFinished();
            _overwritten.Clear();
        }
        catch (StorageFailureException failure)
        {
            _failures.Tell(failure);
        }
    }

    private void TellFinished()
    {
        int known = 0;
        foreach (AccountErasure erasure in _overwritten)
        {
            if (_erased.Forget(erasure))
            {
                known++;
            }
            else
            {
                parts.Logger.AccountErased(erasure.Opening.Value, erasure.Sequence.Value);
            }
        }

        if (known > 0)
        {
            parts.Logger.ErasuresKnown(known);
        }
    }

    /// <summary>Overwrites the texts of all accounts on the list, as far as possible now.</summary>
    /// <returns>The erasures whose texts are overwritten.</returns>
    private async ValueTask<HashSet<AccountErasure>> OverwriteAsync(CancellationToken stopping)
    {
        HashSet<AccountErasure> overwritten = [];
        IReadOnlyList<AccountErasure> page;
        Sequence after = Sequence.Zero;
        do
        {
            page = await parts.AccountStore.ListErasuresAsync(after, ErasuresPerRead, stopping).ConfigureAwait(false);
            foreach (AccountErasure erasure in page)
            {
                if (_overwritten.Contains(erasure) || _erased.IsWithoutTexts(erasure) || await TryEraseAsync(erasure, stopping).ConfigureAwait(false))
                {
                    overwritten.Add(erasure);
                }
            }

            after = page.Count > 0 ? page[^1].Sequence : after;
        }
        while (page.Count == ErasuresPerRead && overwritten.Count < ErasuresPerPurge);
        return overwritten;
    }

    /// <summary>Removes the store's remains of erased texts outside rows, and removes the erasures from the list. The next purge follows after a pause.</summary>
    /// <returns>False if another process or partition is purging now.</returns>
    private async ValueTask<bool> TryPurgeAsync(CancellationToken stopping)
    {
        long begin = parts.Clock.GetTimestamp();
        try
        {
            if (!await parts.Journal.PurgeErasedAsync(stopping).ConfigureAwait(false))
            {
                _pace.Defer();
                return false;
            }

            TimeSpan time = parts.Clock.GetElapsedTime(begin);
            await writing.WaitAsync(stopping).ConfigureAwait(false);
            begin = parts.Clock.GetTimestamp();
            try
            {
                await parts.AccountStore.FinishErasuresAsync([.. _overwritten], stopping).ConfigureAwait(false);
            }
            finally
            {
                writing.Release();
            }

            _pace.Succeed(time + parts.Clock.GetElapsedTime(begin));
            return true;
        }
        catch (StorageFailureException)
        {
            _pace.Fail(parts.Clock.GetElapsedTime(begin));
            throw;
        }
    }

    /// <summary>Overwrites all texts of an account. Damage affects only this account.</summary>
    /// <returns>False if the eraser must try again later.</returns>
    private async ValueTask<bool> TryEraseAsync(AccountErasure erasure, CancellationToken stopping)
    {
        await scanning.WaitAsync(stopping).ConfigureAwait(false);
        try
        {
            return await TryEraseTextsAsync(erasure, stopping).ConfigureAwait(false);
        }
        catch (JournalDamagedException damage)
        {
            parts.Damage?.Report(damage);
            _failures.Tell(damage);
            return false;
        }
        catch (AccountStoreDamagedException damage)
        {
            _failures.Tell(damage);
            onListDamaged(damage.Message.TrimEnd('.'));
            return false;
        }
        finally
        {
            scanning.Release();
        }
    }

    private async ValueTask<bool> TryEraseTextsAsync(AccountErasure erasure, CancellationToken stopping)
    {
        await ThrowIfNoErasureAsync(erasure, stopping).ConfigureAwait(false);

        // The key first: if a reader finds a text erased, it must find the account erased as well.
        if (!await TryEraseKeyAsync(erasure, stopping).ConfigureAwait(false))
        {
            return false;
        }

        Sequence? next = erasure.Sequence;
        while (next > Sequence.Zero)
        {
            next = await parts.Journal.EraseTextsAsync(erasure, next.Value, stopping).ConfigureAwait(false);
        }

        return next is not null;
    }

    /// <summary>Overwrites the key of an account, unless this process is rebuilding the tables and has not reached the erasure yet. Other processes are the store's concern.</summary>
    private async ValueTask<bool> TryEraseKeyAsync(AccountErasure erasure, CancellationToken stopping)
    {
        await writing.WaitAsync(stopping).ConfigureAwait(false);
        try
        {
            AccountStorePosition position = await parts.AccountStore.ReadPositionAsync(stopping).ConfigureAwait(false);
            return position.Last >= erasure.Sequence
                && await parts.Journal.EraseTextsAsync(erasure, erasure.Opening, stopping).ConfigureAwait(false) is not null;
        }
        finally
        {
            writing.Release();
        }
    }

    /// <summary>Checks the erasure in the journal, because overwriting is irreversible.</summary>
    /// <exception cref="AccountStoreDamagedException">The row of the list was altered.</exception>
    private async ValueTask ThrowIfNoErasureAsync(AccountErasure erasure, CancellationToken stopping)
    {
        IReadOnlyList<Entry> found = await parts.Journal.ReadEntriesAsync([new EntryRange(erasure.Sequence, erasure.Sequence)], stopping).ConfigureAwait(false);
        if (found is not [{ Kind: EntryKind.Erasure } entry] || entry.AccountOpening != erasure.Opening)
        {
            throw new AccountStoreDamagedException(
                $"The list of erasures of partition {parts.Journal.Partition} contains entry {erasure.Sequence}, which does not erase the account that entry {erasure.Opening} opened.");
        }
    }
}
