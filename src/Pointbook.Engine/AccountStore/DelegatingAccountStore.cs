using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>An account store that forwards all calls to another one. A derived class overrides some of them.</summary>
/// <param name="inner">The inner account store.</param>
public abstract class DelegatingAccountStore(IAccountStore inner) : IAccountStore
{
    /// <inheritdoc/>
    public virtual ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken) => inner.ReadPositionAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, CancellationToken cancellationToken) =>
        inner.LoadAsync(request, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken) => inner.ApplyAsync(round, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask MarkDamagedAsync(AccountDamagedException damage, CancellationToken cancellationToken) =>
        inner.MarkDamagedAsync(damage, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> RepairAsync(AccountEntries entries, Sequence position, CancellationToken cancellationToken) =>
        inner.RepairAsync(entries, position, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<bool> RewriteListsAsync(AccountLists lists, bool withErasures, Sequence position, CancellationToken cancellationToken) =>
        inner.RewriteListsAsync(lists, withErasures, position, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<AccountErasure>> ListErasuresAsync(Sequence after, int countMax, CancellationToken cancellationToken) =>
        inner.ListErasuresAsync(after, countMax, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask FinishErasuresAsync(IReadOnlyList<AccountErasure> erasures, CancellationToken cancellationToken) =>
        inner.FinishErasuresAsync(erasures, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask ResetAsync(CancellationToken cancellationToken) => inner.ResetAsync(cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) =>
        inner.ListOperationsAsync(query, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(
        string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) =>
        inner.ListAccountsAsync(prefix, after, countMax, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask FinishCheckAsync(long deletedRows, CancellationToken cancellationToken) => inner.FinishCheckAsync(deletedRows, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(
        IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken) =>
        inner.ReadBalancesAsync(accounts, now, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<LotRows> ReadLotsAsync(LotQuery query, CancellationToken cancellationToken) =>
        inner.ReadLotsAsync(query, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<DueSums> ReadDueAsync(Instant now, CancellationToken cancellationToken) => inner.ReadDueAsync(now, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) =>
        inner.ListDueAccountsAsync(now, countMax, cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken) =>
        inner.ForgetKeysAsync(decidedBefore, countMax, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return DisposeInnerAsync();
    }

    /// <summary>Disposes of the inner account store. Override it if another object owns the inner account store.</summary>
    protected virtual ValueTask DisposeInnerAsync() => inner.DisposeAsync();
}
