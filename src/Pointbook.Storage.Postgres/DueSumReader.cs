using System.Data;
using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Adds up the remaining points of expired lots, as of one moment. Used once.</summary>
internal sealed class DueSumReader(NpgsqlConnection connection, int partition)
{
    private const int AccountsPerQuery = 256;

    private readonly Dictionary<PayerName, Int128> _points = [];
    private readonly HashSet<AccountId> _unknown = [];

    public async ValueTask<DueSums> ReadAsync(Instant now, CancellationToken cancellationToken)
    {
        NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            AccountStorePosition position = await ReadPositionAsync(cancellationToken).ConfigureAwait(false);
            await AddDueAsync(now, cancellationToken).ConfigureAwait(false);
            return new DueSums(position, _points, _unknown);
        }
    }

    /// <summary>Reads the position and the marked accounts. Rounds skip these, so the remaining points of their lots are unknown.</summary>
    private async Task<AccountStorePosition> ReadPositionAsync(CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add("SELECT last_sequence, seal, target_sequence, target_seal FROM account_store_position WHERE partition = $1").AddInt(partition);
            batch.Add("SELECT account FROM damaged_account WHERE partition = $1").AddInt(partition);
            NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (row.ConfigureAwait(false))
            {
                AccountStorePosition position = await row.ReadAsync(cancellationToken).ConfigureAwait(false)
                    ? new AccountStorePosition(
                        new Sequence(row.GetInt64(0)), JournalRows.ToDigest(row, 1), new Sequence(row.GetInt64(2)), JournalRows.ToDigest(row, 3))
                    : AccountStorePosition.Start;
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    if (AccountId.TryCreate(row.GetString(0), out AccountId? account, out _))
                    {
                        _unknown.Add(account);
                    }
                }

                return position;
            }
        }
    }

    private async Task AddDueAsync(Instant now, CancellationToken cancellationToken)
    {
        ChunkReader chunks = new(connection, partition);
        TimedAccounts accounts = new(connection, partition, TimedAccounts.DueSql, now.UnixMicroseconds);
        while (!accounts.IsAtEnd)
        {
            IReadOnlyList<ReadAccount> some = await accounts.ReadAsync(AccountsPerQuery, cancellationToken).ConfigureAwait(false);
            IEnumerable<ChunkNeed> needs = some.Select(account => ChunkNeed.Of(account, stored => stored.ChunksForExpiredLots(now)));
            await foreach (ReadAccount account in chunks.ProvideEachAsync(needs, cancellationToken).ConfigureAwait(false))
            {
                LotSnapshot[] lots = account.Try(stored => [.. stored.ExpiredLots(now)], Array.Empty<LotSnapshot>());
                if (account.Damage is not null)
                {
                    _unknown.Add(account.Account);
                }

                foreach (LotSnapshot lot in lots)
                {
                    _points[lot.Payer] = _points.GetValueOrDefault(lot.Payer) + lot.Remaining.Value;
                }
            }
        }
    }
}
