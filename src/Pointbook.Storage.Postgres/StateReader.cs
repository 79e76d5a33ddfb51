using System.Data;
using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads the account data for balances and pages of lots, each time as of one moment.</summary>
internal sealed class StateReader(NpgsqlConnection connection, int partition)
{
    private readonly ChunkReader _chunks = new(connection, partition);

    /// <summary>Lists operations of an account.</summary>
    /// <exception cref="AccountDamagedException">The account is damaged.</exception>
    public ValueTask<OperationPage> ListOperationsAsync(OperationQuery query, CancellationToken cancellationToken) => ReadAsync(
        [query.Account],
        (rows, position) => new OperationReader(connection, partition).ListAsync(position, rows.Accounts[0].Stored.Row, query, cancellationToken),
        cancellationToken);

    /// <summary>Reads the balances of accounts. Leaves out accounts without rows. Damaged rows affect only their account.</summary>
    public ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(
        IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken) => ReadAsync(
            accounts,
            async (rows, _) =>
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
        async (rows, position) =>
        {
            ReadAccount account = rows.Accounts[0];
            while (account.Stored.ChunksForLots(query) is { Count: > 0 } chunks)
            {
                await _chunks.ProvideAsync([new ChunkNeed(account, chunks)], cancellationToken).ConfigureAwait(false);
            }

            return (account.HasRow ? account.Stored.ToLots(query) : LotRows.None) with { Position = position };
        },
        cancellationToken);

    /// <summary>Reads the rows of accounts, the position of the tables, and what else is needed, in one snapshot.</summary>
    private async ValueTask<T> ReadAsync<T>(IReadOnlyList<AccountId> accounts, Func<AccountRows, Sequence, ValueTask<T>> read, CancellationToken cancellationToken)
    {
        NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            AccountRows rows = new(partition, accounts);
            Sequence position = Sequence.Zero;
            NpgsqlBatch batch = new(connection);
            await using (batch.ConfigureAwait(false))
            {
                batch.Add(ListReader.SettingsSql);
                batch.Add("SELECT last_sequence FROM account_store_position WHERE partition = $1").AddInt(partition);
                rows.AddTo(batch);
                NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
                await using (row.ConfigureAwait(false))
                {
                    await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                    position = await row.ReadAsync(cancellationToken).ConfigureAwait(false) ? new Sequence(row.GetInt64(0)) : Sequence.Zero;
                    await rows.TakeAsync(row, cancellationToken).ConfigureAwait(false);
                }
            }

            await rows.CheckLastOperationsAsync(connection, cancellationToken).ConfigureAwait(false);
            return await read(rows, position).ConfigureAwait(false);
        }
    }
}
