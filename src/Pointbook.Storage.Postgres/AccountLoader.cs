using System.Runtime.CompilerServices;
using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads accounts and idempotency keys from the account store, in one snapshot and a few queries. Used once.</summary>
internal sealed class AccountLoader(NpgsqlConnection connection, int partition, LoadRequest request)
{
    private readonly Dictionary<AccountId, AccountRequest> _requests = request.Accounts.ToDictionary(account => account.Account);

    /// <summary>Reads what the request asks for. Accounts with few lots come first.</summary>
    /// <exception cref="AccountStoreBehindException">The tables contain less than the request requires.</exception>
    public async IAsyncEnumerable<LoadedAccount> LoadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (AccountRows rows, Sequence target) = await ReadRowsAsync(cancellationToken).ConfigureAwait(false);
        await rows.CheckLastOperationsAsync(connection, cancellationToken).ConfigureAwait(false);
        IEnumerable<ChunkNeed> needs = rows.Accounts.Select(account => ChunkNeed.Of(account, stored => ChunksFor(stored, _requests[account.Account])));
        await foreach (ReadAccount account in new ChunkReader(connection, partition).ProvideEachAsync(needs, cancellationToken).ConfigureAwait(false))
        {
            yield return account.Try(stored => stored.ToLoaded(_requests[account.Account], target), null) ?? LoadedAccount.Damaged(account.Damage!);
        }
    }

    private static IReadOnlyList<long> ChunksFor(StoredAccount stored, AccountRequest wanted) =>
        [.. stored.ChunksFor(wanted).Union(wanted.WithState ? stored.ChunksForSnapshot() : [])];

    /// <summary>Reads the position and the accounts' rows.</summary>
    /// <returns>The rows, and how far they may be ahead of the position.</returns>
    private async Task<(AccountRows Rows, Sequence Target)> ReadRowsAsync(CancellationToken cancellationToken)
    {
        AccountRows rows = new(partition, request.Accounts.Select(account => account.Account), request.ChecksDirectory);
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add("SELECT last_sequence, target_sequence FROM account_store_position WHERE partition = $1").AddInt(partition);
            rows.AddTo(batch);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                if (!await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    throw new AccountStoreDamagedException($"The account store of partition {partition} has no position.");
                }

                CheckPosition(new Sequence(row.GetInt64(0)));
                Sequence target = new(row.GetInt64(1));
                await rows.TakeAsync(row, cancellationToken).ConfigureAwait(false);
                return (rows, target);
            }
        }
    }

    private void CheckPosition(Sequence position)
    {
        if (position < request.Through)
        {
            throw new AccountStoreBehindException(position, request.Through);
        }
    }
}
