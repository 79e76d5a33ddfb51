using System.Runtime.CompilerServices;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Reports when a call finds the account store damaged as a whole, so that the snapshot writer rebuilds it. The call fails as before.</summary>
/// <param name="inner">The account store.</param>
/// <param name="onDamaged">Runs on any thread, and does not wait.</param>
internal sealed class WatchedAccountStore(IAccountStore inner, Action onDamaged) : DelegatingAccountStore(inner)
{
    public override ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken) => WatchAsync(() => base.ReadPositionAsync(cancellationToken));

    public override async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        IAsyncEnumerator<LoadedAccount> accounts = base.LoadAsync(request, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using (accounts.ConfigureAwait(false))
        {
            while (await WatchAsync(accounts.MoveNextAsync).ConfigureAwait(false))
            {
                yield return accounts.Current;
            }
        }
    }

    public override ValueTask<IReadOnlyList<AccountErasure>> ListErasuresAsync(Sequence after, int countMax, CancellationToken cancellationToken) =>
        WatchAsync(() => base.ListErasuresAsync(after, countMax, cancellationToken));

    public override ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) =>
        WatchAsync(() => base.ListDueAccountsAsync(now, countMax, cancellationToken));

    public override ValueTask<bool> RepairAsync(AccountEntries entries, Sequence position, CancellationToken cancellationToken) =>
        WatchAsync(() => base.RepairAsync(entries, position, cancellationToken));

    public override ValueTask<bool> RewriteListsAsync(AccountLists lists, bool withErasures, Sequence position, CancellationToken cancellationToken) =>
        WatchAsync(() => base.RewriteListsAsync(lists, withErasures, position, cancellationToken));

    public override ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken) =>
        WatchAsync(() => base.ForgetKeysAsync(decidedBefore, countMax, cancellationToken));

    private async ValueTask<T> WatchAsync<T>(Func<ValueTask<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (AccountStoreDamagedException)
        {
            onDamaged();
            throw;
        }
    }
}
