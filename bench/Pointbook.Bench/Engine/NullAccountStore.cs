using System.Runtime.CompilerServices;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Bench.Engine;

/// <summary>An account store that stores nothing. This is enough if no account leaves memory and no key is used twice.</summary>
internal sealed class NullAccountStore : IAccountStore
{
    public ValueTask<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken) => new(AccountStorePosition.Start);

    public async IAsyncEnumerable<LoadedAccount> LoadAsync(LoadRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (AccountRequest account in request.Accounts)
        {
            yield return new LoadedAccount(
                account.Account,
                account.WithState ? AccountSnapshot.Empty(account.Account) : null,
                new Dictionary<IdempotencyKey, KeyRecord>(),
                new Dictionary<Sequence, SubjectEnd>());
        }
    }

    public ValueTask<bool> ApplyAsync(SnapshotRound round, CancellationToken cancellationToken) => new(true);

    public ValueTask MarkDamagedAsync(AccountDamagedException damage, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<bool> RepairAsync(AccountEntries entries, Sequence position, CancellationToken cancellationToken) => new(true);

    public ValueTask<bool> RewriteListsAsync(AccountLists lists, bool withErasures, Sequence position, CancellationToken cancellationToken) => new(true);

    public ValueTask FinishCheckAsync(long deletedRows, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<IReadOnlyList<AccountErasure>> ListErasuresAsync(Sequence after, int countMax, CancellationToken cancellationToken) => new([]);

    public ValueTask FinishErasuresAsync(IReadOnlyList<AccountErasure> erasures, CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask ResetAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;

    public ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) => new(new OperationPage(default, default, [], null));

    public ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) => new([]);

    public ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(
        IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken) => new([]);

    public ValueTask<LotRows> ReadLotsAsync(LotQuery query, CancellationToken cancellationToken) => new(LotRows.None);

    public ValueTask<DueSums> ReadDueAsync(Instant now, CancellationToken cancellationToken) =>
        new(new DueSums(AccountStorePosition.Start, new Dictionary<PayerName, Int128>(), new HashSet<AccountId>()));

    public ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) => new([]);

    public ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken) => new(0);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
