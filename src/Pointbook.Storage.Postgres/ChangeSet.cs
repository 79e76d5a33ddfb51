using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The changes of many accounts as columns, written in one round trip inside a transaction of the caller. Used once.</summary>
internal sealed class ChangeSet(int partition)
{
    // New rows are only inserted, never updated, so that a row that must not exist is detected.
    private const string AddAccountsSql =
        """
        INSERT INTO account (account, partition, stands_at, next_due, oldest_key, snapshot)
        SELECT account, $6, stands_at, next_due, oldest_key, snapshot
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[]) AS new (account, stands_at, next_due, oldest_key, snapshot)
        """;

    // Finds the rows first, with limits that keep the planner from choosing a join. While it estimates the tables as small, a join would read them whole.
    public const string WriteAccountsSql =
        """
        UPDATE account
        SET stands_at = written.stands_at, next_due = written.next_due, oldest_key = written.oldest_key, snapshot = written.snapshot
        FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bytea[], $7::bigint[])
            AS written (account, stands_at, next_due, oldest_key, snapshot, stood_at)
        CROSS JOIN LATERAL (
            SELECT ctid AS place
            FROM account
            WHERE account.partition = $6 AND account.account = written.account AND account.stands_at = written.stood_at
            LIMIT 1
        ) AS found
        WHERE account.ctid = found.place
        """;

    private const string WriteChunksSql =
        """
        INSERT INTO account_chunk (account, partition, chunk, body)
        SELECT account, $4, chunk, body FROM unnest($1::text[], $2::bigint[], $3::bytea[]) AS written (account, chunk, body)
        ON CONFLICT (partition, account, chunk) DO UPDATE SET body = excluded.body
        """;

    public const string DeleteChunksSql =
        """
        DELETE FROM account_chunk
        USING unnest($1::text[], $2::bigint[]) AS dropped (account, chunk)
        CROSS JOIN LATERAL (
            SELECT ctid AS place
            FROM account_chunk
            WHERE account_chunk.partition = $3 AND account_chunk.account = dropped.account AND account_chunk.chunk = dropped.chunk
            LIMIT 1
        ) AS found
        WHERE account_chunk.ctid = found.place
        """;

    private readonly AccountDeletions _deletions = new(partition);
    private readonly List<AccountUpdate> _new = [];
    private readonly List<(AccountUpdate Update, Sequence StoodAt)> _changed = [];
    private readonly List<(string Account, StoredChunk Chunk)> _chunks = [];
    private readonly List<(string Account, long Chunk)> _droppedChunks = [];
    private readonly OperationChanges _operations = new(partition);

    /// <summary>Whether there is nothing to write.</summary>
    public bool IsEmpty => _new.Count + _changed.Count == 0 && _deletions.IsEmpty;

    /// <summary>Adds an account whose rows are deleted before anything else is written.</summary>
    /// <param name="account">The account.</param>
    /// <param name="erasures">The erasures to add to the list.</param>
    public void Delete(AccountId account, IReadOnlyList<AccountErasure> erasures) => _deletions.Add(account, erasures);

    /// <summary>Adds the changes of one account.</summary>
    /// <param name="update">The update to store.</param>
    /// <param name="stoodAt">The position of the row that was read, or zero if there is none.</param>
    /// <param name="change">The changes by entries, or null if only keys are forgotten.</param>
    public void Add(AccountUpdate update, Sequence stoodAt, AccountChange? change)
    {
        string account = update.Account.Value;
        if (update.IsNew)
        {
            _new.Add(update);
        }
        else
        {
            _changed.Add((update, stoodAt));
        }

        _chunks.AddRange(update.Written.Select(chunk => (account, chunk)));
        _droppedChunks.AddRange(update.Deleted.Select(chunk => (account, chunk)));
        if (change is not null)
        {
            _operations.Add(change.Opening, change.Operations);
        }
    }

    /// <summary>Writes everything.</summary>
    /// <param name="connection">The connection, in a transaction that has locked the position.</param>
    /// <param name="addMore">Adds further statements to the batch.</param>
    /// <param name="cancellationToken">Cancels the write.</param>
    /// <exception cref="InvalidRowException">A row is missing or has changed since it was read.</exception>
    public async ValueTask WriteAsync(NpgsqlConnection connection, Action<NpgsqlBatch> addMore, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            AddAccounts(batch);
            AddChunks(batch);
            _operations.AddTo(batch);
            addMore(batch);
            await batch.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            if (_changed.Count > 0 && batch.BatchCommands[0].Rows is var count && count != (ulong)_changed.Count)
            {
                throw new InvalidRowException($"{_changed.Count} accounts should have been written and {count} could");
            }
        }
    }

    /// <summary>Adds the rows of accounts: first the changed ones, then the deleted ones. Some deleted ones are inserted again afterwards.</summary>
    private void AddAccounts(NpgsqlBatch batch)
    {
        if (_changed.Count > 0)
        {
            AddRows(batch.Add(WriteAccountsSql), [.. _changed.Select(account => account.Update)])
                .AddBigints([.. _changed.Select(account => account.StoodAt.Value)]);
        }

        _deletions.AddTo(batch);
        if (_new.Count > 0)
        {
            AddRows(batch.Add(AddAccountsSql), _new);
        }
    }

    private NpgsqlParameterCollection AddRows(NpgsqlParameterCollection parameters, List<AccountUpdate> updates) => parameters
        .AddTexts([.. updates.Select(update => update.Account.Value)])
        .AddBigints([.. updates.Select(update => update.Row.StandsAt.Value)])
        .AddBigints([.. updates.Select(update => update.Row.NextDue)])
        .AddBigints([.. updates.Select(update => update.Row.OldestKey)])
        .AddByteas([.. updates.Select(update => update.Row.Snapshot)])
        .AddInt(partition);

    private void AddChunks(NpgsqlBatch batch)
    {
        if (_chunks.Count > 0)
        {
            batch.Add(WriteChunksSql)
                .AddTexts([.. _chunks.Select(item => item.Account)])
                .AddBigints([.. _chunks.Select(item => item.Chunk.Number)])
                .AddByteas([.. _chunks.Select(item => item.Chunk.Bytes)])
                .AddInt(partition);
        }

        if (_droppedChunks.Count > 0)
        {
            batch.Add(DeleteChunksSql)
                .AddTexts([.. _droppedChunks.Select(item => item.Account)])
                .AddBigints([.. _droppedChunks.Select(item => item.Chunk)])
                .AddInt(partition);
        }
    }
}
