using Pointbook.Engine.Partition;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The maintenance of tables and journal between rounds: it rewrites damaged rows and erases texts. Any thread may request it.</summary>
internal sealed class AccountStoreUpkeep : IDisposable
{
    // An account must not be erased while a task reads its entries. Otherwise the task would find only some of them under its key.
    private readonly SemaphoreSlim _scanning = new(1);
    private readonly AccountRepair _repair;
    private readonly AccountEraser _eraser;

    /// <param name="parts">The journal, the account store and the pace.</param>
    /// <param name="bugs">Receives bugs.</param>
    /// <param name="rounds">Marks damaged accounts.</param>
    /// <param name="writing">The lock for writing to the account store.</param>
    /// <param name="damaged">The damaged accounts. Receives each account whose rows were rewritten, and damage that is found.</param>
    public AccountStoreUpkeep(PartitionParts parts, BugStop bugs, RoundApplier rounds, SemaphoreSlim writing, DamagedAccounts damaged)
    {
        _repair = new AccountRepair(parts, bugs, new BetweenRounds(parts, rounds, writing, _scanning), damaged);
        _eraser = new AccountEraser(parts, bugs, writing, _scanning, _repair.EnqueueErasures);
    }

    /// <summary>Begins with work left from earlier.</summary>
    /// <param name="erased">The erased accounts of which catch-ups find no text in the journal.</param>
    public void Start(ErasedAccounts erased)
    {
        _repair.Start();
        _eraser.Start(erased);
    }

    /// <summary>Requests the repair of an account.</summary>
    public void Repair(AccountId account) => _repair.Enqueue(account);

    /// <summary>Whether the directory is damaged and not yet rewritten.</summary>
    public bool IsDirectoryDamaged => _repair.IsDirectoryDamaged;

    /// <summary>Requests that the directory is rewritten.</summary>
    /// <param name="damage">The fault, without a full stop.</param>
    public void RepairDirectory(string damage) => _repair.EnqueueDirectory(damage);

    /// <summary>Requests a check of all accounts if rows with invalid account keys were deleted since the last one.</summary>
    /// <param name="deletedRows">The number of these rows since the start of the process.</param>
    public void Check(long deletedRows) => _repair.EnqueueCheck(deletedRows);

    /// <summary>Forgets what waits for the directory, because the tables were emptied. The caller holds the lock for writing.</summary>
    public void Forget() => _repair.Forget();

    /// <summary>Starts the erasures of a round, if it has any.</summary>
    public void TakeRound(SnapshotRound round)
    {
        if (round.HasErasures)
        {
            _eraser.Wake();
        }
    }

    /// <summary>Stops at once. The next start continues unfinished work.</summary>
    public async Task StopAsync()
    {
        await _repair.StopAsync().ConfigureAwait(false);
        await _eraser.StopAsync().ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _repair.Dispose();
        _eraser.Dispose();
        _scanning.Dispose();
    }
}
