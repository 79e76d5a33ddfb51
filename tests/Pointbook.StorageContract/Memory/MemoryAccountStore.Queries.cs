using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.StorageContract.Memory;

/// <summary>This part: all queries except loading.</summary>
public sealed partial class MemoryAccountStore
{
    /// <inheritdoc/>
    public ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) => Read(() =>
    {
        ThrowIfDamaged(query.Account);
        MemoryAccount? account = _accounts.GetValueOrDefault(query.Account);
        IReadOnlyList<Sequence> all = account?.Operations ?? [];
        IEnumerable<Sequence> asked = all.Where(operation => !(operation <= query.After) && !(operation >= query.Before));
        return new OperationPage(
            _position.Last,
            account?.Row ?? default,
            [.. (query.OldestFirst ? asked : asked.Reverse()).Take(query.CountMax)],
            all.Where(operation => operation >= query.Before).Cast<Sequence?>().FirstOrDefault());
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListAccountsAsync(string prefix, AccountId? after, int countMax, CancellationToken cancellationToken) => Read(
        () => (IReadOnlyList<AccountId>)
        [
            .. _accounts.Keys.Where(account => account.Value.StartsWith(prefix, StringComparison.Ordinal) && (after is null || account > after)).Take(countMax),
        ],
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken) => Read(
        () => (IReadOnlyList<StoredBalance>)[.. accounts.Where(_accounts.ContainsKey).Select(account => ReadBalance(account, now))],
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<LotRows> ReadLotsAsync(LotQuery query, CancellationToken cancellationToken) => Read(
        () =>
        {
            ThrowIfDamaged(query.Account);
            return (_accounts.TryGetValue(query.Account, out MemoryAccount? account) ? account.ReadLots(query) : LotRows.None) with { Position = _position.Last };
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<DueSums> ReadDueAsync(Instant now, CancellationToken cancellationToken) => Read(
        () => new DueSums(
            _position,
            _accounts.Where(account => !_damaged.ContainsKey(account.Key))
                .SelectMany(account => account.Value.State.ToSnapshot().Lots)
                .Where(lot => lot.ExpiresAt <= now)
                .GroupBy(lot => lot.Payer)
                .ToDictionary(lots => lots.Key, lots => lots.Aggregate(Int128.Zero, (sum, lot) => sum + lot.Remaining.Value)),
            _damaged.Keys.ToHashSet()),
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<AccountId>> ListDueAccountsAsync(Instant now, int countMax, CancellationToken cancellationToken) => Read(
        () => (IReadOnlyList<AccountId>)
        [
            .. _accounts.Select(pair => (Account: pair.Key, Due: pair.Value.FirstDue(now)))
                .Where(account => account.Due is not null && !_damaged.ContainsKey(account.Account))
                .OrderBy(account => account.Due)
                .Select(account => account.Account)
                .Take(countMax),
        ],
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<int> ForgetKeysAsync(Instant decidedBefore, int countMax, CancellationToken cancellationToken) => Read(
        () =>
        {
            (MemoryAccount Account, IdempotencyKey Key)[] old =
            [
                .. _accounts.Values.SelectMany(account => account.Keys.Select(key => (Account: account, key.Key, key.Value.DecidedAt)))
                    .Where(key => key.DecidedAt < decidedBefore)
                    .OrderBy(key => key.DecidedAt)
                    .Select(key => (key.Account, key.Key))
                    .Take(countMax),
            ];
            return old.Count(key => key.Account.Keys.Remove(key.Key));
        },
        cancellationToken);

    private StoredBalance ReadBalance(AccountId account, Instant now) => _damaged.TryGetValue(account, out string? damage)
        ? StoredBalance.Damaged(new AccountDamagedException(account, damage))
        : StoredBalance.Of((EditBalance ?? (rows => rows))(_accounts[account].ReadBalance(now)));

    private void ThrowIfDamaged(AccountId account)
    {
        if (_damaged.TryGetValue(account, out string? damage))
        {
            throw new AccountDamagedException(account, damage);
        }
    }

    private ValueTask<T> Read<T>(Func<T> read, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return new ValueTask<T>(read());
        }
    }
}
