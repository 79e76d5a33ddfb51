using Npgsql;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Deletes expired idempotency keys. Used once.</summary>
internal sealed class KeyPurge(NpgsqlConnection connection, int partition, Instant decidedBefore, int countMax)
{
    private const int AccountsPerQuery = 256;

    // Like a round, so that only one process writes snapshots at a time.
    private const string LockPositionSql = "SELECT 1 FROM account_store_position WHERE partition = $1 FOR UPDATE";

    private int _forgotten;

    /// <summary>Deletes at most the given number of keys, in one transaction. Skips those of damaged accounts.</summary>
    /// <returns>The number of deleted keys.</returns>
    public async ValueTask<int> RunAsync(CancellationToken cancellationToken)
    {
        NpgsqlTransaction transaction = await connection.BeginTransactionAsync(cancellationToken).ConfigureAwait(false);
        await using (transaction.ConfigureAwait(false))
        {
            if (!await TryLockAsync(cancellationToken).ConfigureAwait(false))
            {
                return 0;
            }

            TimedAccounts old = new(connection, partition, TimedAccounts.OldKeysSql, decidedBefore.UnixMicroseconds - 1);
            while (_forgotten < countMax && !old.IsAtEnd)
            {
                // Each account contributes at least one key.
                int accounts = Math.Min(AccountsPerQuery, countMax - _forgotten);
                await ForgetAsync(await old.ReadAsync(accounts, cancellationToken).ConfigureAwait(false), cancellationToken).ConfigureAwait(false);
            }

            await transaction.CommitAsync(cancellationToken).ConfigureAwait(false);
            return _forgotten;
        }
    }

    /// <returns>False if the partition has no position. Its tables must then be rebuilt.</returns>
    private async Task<bool> TryLockAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(LockPositionSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(partition);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is not null;
        }
    }

    private async Task ForgetAsync(IReadOnlyList<ReadAccount> accounts, CancellationToken cancellationToken)
    {
        List<(ChunkNeed Need, int KeysMax)> wanted = Choose(accounts);
        await new ChunkReader(connection, partition).ProvideAsync(wanted.Select(item => item.Need), cancellationToken).ConfigureAwait(false);
        ChangeSet changes = new(partition);
        foreach ((ChunkNeed need, int keysMax) in wanted)
        {
            Forget(need.Account, Math.Min(keysMax, countMax - _forgotten), changes);
        }

        if (!changes.IsEmpty)
        {
            await changes.WriteAsync(connection, _ => { }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Chooses the chunks to read. Each contains a key to delete, so there are at most as many chunks as keys may be deleted.</summary>
    private List<(ChunkNeed Need, int KeysMax)> Choose(IReadOnlyList<ReadAccount> accounts)
    {
        List<(ChunkNeed Need, int KeysMax)> wanted = [];
        int left = countMax - _forgotten;
        foreach (ReadAccount account in accounts.TakeWhile(_ => left > 0))
        {
            IReadOnlyList<long> chunks = account.Try(stored => stored.ChunksForOldKeys(decidedBefore, left), []);
            // There may be more chunks than the list contains. The keys to delete are then in the listed ones.
            wanted.Add((new ChunkNeed(account, chunks), chunks.Count == left ? chunks.Count : int.MaxValue));
            left -= chunks.Count;
        }

        return wanted;
    }

    private void Forget(ReadAccount account, int keysMax, ChangeSet changes)
    {
        if (keysMax == 0)
        {
            return;
        }

        account.Try(stored =>
        {
            Sequence standsAt = stored.Row.StandsAt;
            AccountUpdate update = stored.ForgetKeys(decidedBefore, keysMax, out int forgotten);
            _forgotten += forgotten;
            if (forgotten > 0)
            {
                changes.Add(update, standsAt, change: null);
            }
        });
    }
}
