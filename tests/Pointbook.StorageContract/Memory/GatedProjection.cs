using System.Runtime.CompilerServices;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>One process's way to a projection that several share: it can be held up or fail without the others noticing. Thread-safe.</summary>
/// <param name="inner">The projection behind.</param>
public sealed class GatedProjection(IProjection inner) : IProjection
{
    private TaskCompletionSource? _held;

    /// <summary>Runs before each round; may wait or throw.</summary>
    public Func<ProjectionRound, Task>? BeforeApply { get; set; }

    /// <summary>Runs before a load takes its snapshot; may wait or throw.</summary>
    public Func<Task>? BeforeLoad { get; set; }

    /// <summary>Runs after a load has taken its snapshot and before it gives anything out; may wait or throw.</summary>
    public Func<Task>? AfterLoad { get; set; }

    /// <summary>Runs before the position is read; may wait or throw.</summary>
    public Func<Task>? BeforeReadPosition { get; set; }

    /// <summary>Holds up the rounds from the next one on.</summary>
    public void Hold()
    {
        TaskCompletionSource held = _held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        BeforeApply = _ => held.Task;
    }

    /// <summary>Lets them go on.</summary>
    public void Release()
    {
        BeforeApply = null;
        Interlocked.Exchange(ref _held, null)?.SetResult();
    }

    /// <inheritdoc/>
    public async ValueTask<ProjectionPosition> ReadPositionAsync(CancellationToken cancellationToken)
    {
        await RunAsync(BeforeReadPosition);
        return await inner.ReadPositionAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await RunAsync(BeforeLoad);
        List<LoadedAccount> accounts = [];
        await foreach (LoadedAccount account in inner.LoadAsync(request, cancellationToken))
        {
            accounts.Add(account);
        }

        await RunAsync(AfterLoad);
        foreach (LoadedAccount account in accounts)
        {
            yield return account;
        }
    }

    /// <inheritdoc/>
    public async ValueTask<bool> ApplyAsync(ProjectionRound round, CancellationToken cancellationToken)
    {
        if (BeforeApply is { } hook)
        {
            await hook(round).WaitAsync(cancellationToken);
        }

        return await inner.ApplyAsync(round, cancellationToken);
    }

    /// <inheritdoc/>
    public ValueTask ResetAsync(CancellationToken cancellationToken) => inner.ResetAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<OperationRow>> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) =>
        inner.ListOperationsAsync(query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AccountRow> ReadAccountAsync(AccountId account, CancellationToken cancellationToken) =>
        inner.ReadAccountAsync(account, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) =>
        inner.ListAccountsAsync(prefix, after, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PayerTotal>> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken) =>
        inner.ListPayersAsync(query, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken) =>
        inner.ReadDaysAsync(payer, before, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) =>
        inner.ListDueAccountsAsync(now, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> ForgetKeysAsync(Instant recordedBefore, int countMax, CancellationToken cancellationToken) =>
        inner.ForgetKeysAsync(recordedBefore, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private static Task RunAsync(Func<Task>? hook) => hook is null ? Task.CompletedTask : hook();
}
