using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using Pointbook.StorageContract.Support;

namespace Pointbook.StorageContract.Memory;

/// <summary>This part: what is asked of the tables beside loading.</summary>
public sealed partial class MemoryProjection
{
    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<OperationRow>> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) => Read(() =>
    {
        ThrowIfDamaged(query.Account);
        IEnumerable<OperationRow> all = _accounts.GetValueOrDefault(query.Account)?.Operations ?? [];
        IEnumerable<OperationRow> asked = all.Where(operation =>
            !(operation.First <= query.After)
            && !(operation.First >= query.Before));
        IEnumerable<OperationRow> listed = (query.OldestFirst ? asked : asked.Reverse()).Take(query.CountMax);
        return (IReadOnlyList<OperationRow>)[.. query.WithPieces ? listed : listed.Select(operation => operation with { Pieces = null })];
    }, cancellationToken);

    /// <inheritdoc/>
    public ValueTask<AccountRow> ReadAccountAsync(AccountId account, CancellationToken cancellationToken) =>
        Read(
            () =>
            {
                ThrowIfDamaged(account);
                return _accounts.GetValueOrDefault(account)?.Row ?? default;
            },
            cancellationToken);

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
            return _accounts.TryGetValue(query.Account, out MemoryAccount? account) ? account.ReadLots(query) : LotRows.None;
        },
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<IReadOnlyList<PayerTotal>> ListPayersAsync(PayerQuery query, CancellationToken cancellationToken) => Read(
        () => (IReadOnlyList<PayerTotal>)
        [
            .. Expected.Sums(_summed).Totals
                .Where(total => (query.Only is null || total.Payer == query.Only) && (query.After is null || total.Payer > query.After))
                .Take(query.CountMax)
                .Select(total => new PayerTotal(total.Payer, total.Points, total.Outstanding, Due(total.Payer, query.Now))),
        ],
        cancellationToken);

    /// <inheritdoc/>
    public ValueTask<PayerDays> ReadDaysAsync(PayerName payer, DateOnly before, CancellationToken cancellationToken) => Read(
        () =>
        {
            PayerTables sums = Expected.Sums(_summed);
            return new PayerDays(
                [.. sums.Flows.Where(flow => flow.Key.Payer == payer && flow.Key.RecordedOn < before)],
                [.. sums.Stocks.Where(stock => stock.Key.Payer == payer && stock.Key.RecordedOn < before)]);
        },
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

    private Int128 Due(PayerName payer, Instant now) => _accounts.Where(account => !_damaged.ContainsKey(account.Key))
        .Select(account => account.Value)
        .SelectMany(account => account.State.ToSnapshot().Lots)
        .Where(lot => lot.Payer == payer && lot.ExpiresAt <= now)
        .Aggregate(Int128.Zero, (sum, lot) => sum + lot.Remaining.Value);
}
