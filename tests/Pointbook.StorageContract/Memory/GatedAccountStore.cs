using System.Runtime.CompilerServices;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>
/// The access of one process to an account store that several processes share. A test can block it or make it fail, and the
/// others do not notice. Thread-safe.
/// </summary>
/// <param name="inner">The shared account store.</param>
public sealed class GatedAccountStore(IAccountStore inner) : DelegatingAccountStore(inner)
{
    private TaskCompletionSource? _held;

    /// <summary>Runs before each round; may wait or throw.</summary>
    public Func<SnapshotRound, Task>? BeforeApply { get; set; }

    /// <summary>Runs before a load takes its snapshot; may wait or throw.</summary>
    public Func<Task>? BeforeLoad { get; set; }

    /// <summary>Runs after a load has taken its snapshot and before it returns the first account; may wait or throw.</summary>
    public Func<Task>? AfterLoad { get; set; }

    /// <summary>Runs after a load has returned all accounts; may wait or throw.</summary>
    public Func<Task>? AfterDelivery { get; set; }

    /// <summary>Runs before the position is read; may wait or throw.</summary>
    public Func<Task>? BeforeReadPosition { get; set; }

    /// <summary>Runs before the tables are emptied; may wait or throw.</summary>
    public Func<Task>? BeforeReset { get; set; }

    /// <summary>Runs before due points are read; may wait or throw.</summary>
    public Func<Task>? BeforeReadDue { get; set; }

    /// <summary>Runs before erasures are listed; may throw.</summary>
    public Action? BeforeListErasures { get; set; }

    /// <summary>Blocks the rounds from the next one on.</summary>
    public void Hold()
    {
        TaskCompletionSource held = _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        BeforeApply = _ => held.Task;
    }

    /// <summary>Lets the rounds continue.</summary>
    public void Release()
    {
        BeforeApply = null;
        Interlocked.Exchange(ref _held, null)?.SetResult();
    }

    /// <inheritdoc/>
    public override async ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken)
    {
        await RunAsync(BeforeReadPosition);
        return await base.ReadPositionAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask ResetAsync(CancellationToken cancellationToken)
    {
        await RunAsync(BeforeReset);
        await base.ResetAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<DueSums> ReadDueAsync(Instant now, CancellationToken cancellationToken)
    {
        await RunAsync(BeforeReadDue);
        return await base.ReadDueAsync(now, cancellationToken);
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await RunAsync(BeforeLoad);
        List<LoadedAccount> accounts = [];
        await foreach (LoadedAccount account in base.LoadAsync(request, cancellationToken))
        {
            accounts.Add(account);
        }

        await RunAsync(AfterLoad);
        foreach (LoadedAccount account in accounts)
        {
            yield return account;
        }

        await RunAsync(AfterDelivery);
    }

    /// <inheritdoc/>
    public override ValueTask<IReadOnlyList<AccountErasure>> ListErasuresAsync(Sequence after, int countMax, CancellationToken cancellationToken)
    {
        BeforeListErasures?.Invoke();
        return base.ListErasuresAsync(after, countMax, cancellationToken);
    }

    /// <inheritdoc/>
    public override async ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken)
    {
        if (BeforeApply is { } hook)
        {
            await hook(round).WaitAsync(cancellationToken);
        }

        return await base.ApplyAsync(round, cancellationToken);
    }

    private static Task RunAsync(Func<Task>? hook) => hook is null ? Task.CompletedTask : hook();
}
