using System.Data;
using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads what balances and pages of lots need of accounts, each time as of one moment.</summary>
internal sealed class StateReader(NpgsqlConnection connection, int partition)
{
    private readonly ChunkReader _chunks = new(connection, partition);

    /// <summary>Reads where an account stands; the default value if it has no row.</summary>
    /// <exception cref="AccountDamagedException">The account is damaged.</exception>
    public ValueTask<AccountRow> ReadRowAsync(AccountId account, CancellationToken cancellationToken) => ReadAsync(
        [account],
        rows => ValueTask.FromResult(rows.Accounts[0].Stored.Row),
        cancellationToken);

    /// <summary>Reads the balances of accounts, those without rows left out. Damaged rows cost their own account only.</summary>
    public ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(
        IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken) => ReadAsync(
            accounts,
            async rows =>
            {
                List<StoredBalance> balances = new(accounts.Count);
                IEnumerable<ChunkNeed> needs = rows.Accounts
                    .Where(account => account.HasRow || account.Damage is not null)
                    .Select(account => ChunkNeed.Of(account, stored => stored.ChunksForBalance(now)));
                await foreach (ReadAccount account in _chunks.ProvideEachAsync(needs, cancellationToken).ConfigureAwait(false))
                {
                    balances.Add(account.Try(stored => StoredBalance.Of(stored.ToBalance(now)), null) ?? StoredBalance.Damaged(account.Damage!));
                }

                return (IReadOnlyList<StoredBalance>)balances;
            },
            cancellationToken);

    /// <summary>Reads a page of lots.</summary>
    /// <exception cref="AccountDamagedException">The account is damaged.</exception>
    public ValueTask<LotRows> ReadLotsAsync(LotQuery query, CancellationToken cancellationToken) => ReadAsync(
        [query.Account],
        async rows =>
        {
            ReadAccount account = rows.Accounts[0];
            while (account.Stored.ChunksForLots(query) is { Count: > 0 } chunks)
            {
                await _chunks.ProvideAsync([new ChunkNeed(account, chunks)], cancellationToken).ConfigureAwait(false);
            }

            return account.HasRow ? account.Stored.ToLots(query) : LotRows.None;
        },
        cancellationToken);

    /// <summary>Reads the rows of accounts, and what else is needed, in one snapshot.</summary>
    private async ValueTask<T> ReadAsync<T>(IReadOnlyList<AccountId> accounts, Func<AccountRows, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            AccountRows rows = new(partition, accounts);
            NpgsqlBatch batch = new(connection);
            await using (batch.ConfigureAwait(false))
            {
                batch.Add(ListReader.SettingsSql);
                rows.AddTo(batch);
                NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    await rows.TakeAsync(row, cancellationToken).ConfigureAwait(false);
                }
            }

            return await read(rows).ConfigureAwait(false);
        }
    }
}
