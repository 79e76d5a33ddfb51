using Npgsql;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The changes of many accounts as columns, written in one round trip inside a transaction of the caller. Used once.</summary>
internal sealed class ChangeSet(int partition)
{
    // Rows that come back from an insert and were there before have been updated, which leaves a trace in xmax:
    // https://www.postgresql.org/docs/current/ddl-system-columns.html
    private const string WriteLotsSql =
        """
        WITH added AS (
            INSERT INTO lot (account, occurred_at, sequence, payer, remaining, expires_at)
            SELECT * FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::text[], $5::bigint[], $6::timestamptz[])
            ON CONFLICT (account, occurred_at, sequence) DO UPDATE SET remaining = lot.remaining + excluded.remaining
            RETURNING account, xmax = 0 AS is_new
        ), taken AS (
            SELECT * FROM unnest($7::text[], $8::timestamptz[], $9::bigint[], $10::bigint[]) AS taken (account, occurred_at, sequence, points)
        ), emptied AS (
            DELETE FROM lot USING taken
            WHERE lot.account = taken.account AND lot.occurred_at = taken.occurred_at AND lot.sequence = taken.sequence
            AND lot.remaining = taken.points
            RETURNING lot.account
        ), lessened AS (
            UPDATE lot SET remaining = lot.remaining - taken.points
            FROM taken
            WHERE lot.account = taken.account AND lot.occurred_at = taken.occurred_at AND lot.sequence = taken.sequence
            AND lot.remaining > taken.points
            RETURNING 1
        ), changed AS (
            SELECT account, max(stands_at) AS stands_at, sum(lots) AS lots
            FROM (
                SELECT account, stands_at, 0 AS lots FROM unnest($11::text[], $12::bigint[]) AS known (account, stands_at)
                UNION ALL
                SELECT account, NULL, 1 FROM added WHERE is_new
                UNION ALL
                SELECT account, NULL, -1 FROM emptied
            ) AS change
            GROUP BY account
            HAVING max(stands_at) IS NOT NULL
        ), stood AS (
            UPDATE account SET stands_at = changed.stands_at, open_lots = account.open_lots + changed.lots
            FROM changed
            WHERE account.account = changed.account
        )
        SELECT (SELECT count(*) FROM emptied) + (SELECT count(*) FROM lessened)
        """;

    private const string AddAccountsSql =
        """
        INSERT INTO account (account, partition, stands_at, open_lots)
        SELECT account, $1, stands_at, open_lots FROM unnest($2::text[], $3::bigint[], $4::bigint[]) AS new (account, stands_at, open_lots)
        """;

    private const string DeletePayersSql =
        """
        DELETE FROM payer_balance USING unnest($1::text[], $2::text[]) AS flushed (account, payer)
        WHERE payer_balance.account = flushed.account AND payer_balance.payer = flushed.payer
        """;

    private const string WritePayersSql =
        """
        WITH change AS (
            SELECT *
            FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS change (account, payer, points, outstanding, first_sequence)
        ), known AS (
            UPDATE payer_balance
            SET points = payer_balance.points + change.points, outstanding = payer_balance.outstanding + change.outstanding
            FROM change
            WHERE payer_balance.account = change.account AND payer_balance.payer = change.payer
            RETURNING payer_balance.account, payer_balance.payer
        )
        INSERT INTO payer_balance (account, payer, points, outstanding, first_sequence)
        SELECT account, payer, points, outstanding, first_sequence
        FROM change
        WHERE (account, payer) NOT IN (SELECT account, payer FROM known)
        """;

    private const string WriteKeysSql =
        """
        INSERT INTO idempotency_key (account, key, hash, operation, recorded_at)
        SELECT * FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::timestamptz[])
        ON CONFLICT (account, key) DO UPDATE SET hash = excluded.hash, operation = excluded.operation, recorded_at = excluded.recorded_at
        """;

    private const string WriteRunsSql =
        """
        INSERT INTO account_entry (account, first_sequence, last_sequence)
        SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[])
        """;

    private const string ArchiveRunsSql =
        """
        WITH moved AS (
            DELETE FROM account_entry USING unnest($1::text[], $2::bigint[]) AS flushed (account, last_sequence)
            WHERE account_entry.account = flushed.account AND account_entry.first_sequence <= flushed.last_sequence
            RETURNING account_entry.account, account_entry.first_sequence, account_entry.last_sequence
        )
        INSERT INTO archived_entry (account, first_sequence, last_sequence) SELECT account, first_sequence, last_sequence FROM moved
        """;

    private readonly List<(string Account, Sequence StandsAt)> _accounts = [];
    private readonly List<(string Account, Sequence StandsAt, long OpenLots)> _newAccounts = [];
    private readonly List<(string Account, LotChange Lot)> _added = [];
    private readonly List<(string Account, LotChange Lot)> _taken = [];
    private readonly List<(string Account, PayerChange Payer)> _flushedPayers = [];
    private readonly List<(string Account, PayerChange Payer)> _payers = [];
    private readonly Dictionary<(string Account, IdempotencyKey Key), KeyChange> _keys = [];
    private readonly List<(string Account, EntryRun Run)> _runs = [];
    private readonly List<(string Account, Sequence Through)> _archived = [];

    /// <summary>Adds what changes in one account.</summary>
    /// <param name="change">The change.</param>
    /// <param name="isNew">Whether the account has no rows yet.</param>
    public void Add(AccountChange change, bool isNew)
    {
        string account = change.Account.Value;
        if (isNew)
        {
            _newAccounts.Add((account, change.StandsAt, change.Lots.Count(lot => lot.Points.IsPositive)));
        }
        else
        {
            _accounts.Add((account, change.StandsAt));
        }

        _added.AddRange(change.Lots.Where(lot => lot.Points.IsPositive).Select(lot => (account, lot)));
        _taken.AddRange(change.Lots.Where(lot => lot.Points.IsNegative).Select(lot => (account, lot)));
        _flushedPayers.AddRange(change.Payers.Where(payer => payer.ReplacesRow).Select(payer => (account, payer)));
        _payers.AddRange(change.Payers.Where(payer => payer.FirstSequence is not null).Select(payer => (account, payer)));
        _runs.AddRange(change.Runs.Select(run => (account, run)));
        foreach (KeyChange key in change.Keys)
        {
            _keys[(account, key.Key)] = key;
        }

        if (change.ArchivedThrough is { } through)
        {
            _archived.Add((account, through));
        }
    }

    /// <summary>Writes everything.</summary>
    /// <exception cref="ProjectionDamagedException">A lot holds less than is taken from it.</exception>
    public async ValueTask WriteAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        if (_accounts.Count + _newAccounts.Count == 0)
        {
            return;
        }

        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            AddLots(batch);
            AddPayers(batch);
            AddKeys(batch);
            AddRuns(batch);
            // Statements without rows are passed over, so this is what the statement of the lots says.
            object? touched = await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            if (touched is not long count || count != _taken.Count)
            {
                throw new ProjectionDamagedException($"{_taken.Count} lots should have given points and {touched} could.");
            }
        }
    }

    private void AddLots(NpgsqlBatch batch)
    {
        if (_newAccounts.Count > 0)
        {
            batch.Add(AddAccountsSql)
                .AddInt(partition)
                .AddTexts([.. _newAccounts.Select(item => item.Account)])
                .AddBigints([.. _newAccounts.Select(item => item.StandsAt.Value)])
                .AddBigints([.. _newAccounts.Select(item => item.OpenLots)]);
        }

        batch.Add(WriteLotsSql)
            .AddTexts([.. _added.Select(item => item.Account)])
            .AddTimes([.. _added.Select(item => PostgresTime.From(item.Lot.Key.OccurredAt))])
            .AddBigints([.. _added.Select(item => item.Lot.Key.Sequence.Value)])
            .AddTexts([.. _added.Select(item => item.Lot.Payer.Value)])
            .AddBigints([.. _added.Select(item => item.Lot.Points.Value)])
            .AddTimes([.. _added.Select(item => PostgresTime.From(item.Lot.ExpiresAt))])
            .AddTexts([.. _taken.Select(item => item.Account)])
            .AddTimes([.. _taken.Select(item => PostgresTime.From(item.Lot.Key.OccurredAt))])
            .AddBigints([.. _taken.Select(item => item.Lot.Key.Sequence.Value)])
            .AddBigints([.. _taken.Select(item => -item.Lot.Points.Value)])
            .AddTexts([.. _accounts.Select(item => item.Account)])
            .AddBigints([.. _accounts.Select(item => item.StandsAt.Value)]);
    }

    private void AddPayers(NpgsqlBatch batch)
    {
        if (_flushedPayers.Count > 0)
        {
            batch.Add(DeletePayersSql)
                .AddTexts([.. _flushedPayers.Select(item => item.Account)])
                .AddTexts([.. _flushedPayers.Select(item => item.Payer.Payer.Value)]);
        }

        if (_payers.Count > 0)
        {
            batch.Add(WritePayersSql)
                .AddTexts([.. _payers.Select(item => item.Account)])
                .AddTexts([.. _payers.Select(item => item.Payer.Payer.Value)])
                .AddBigints([.. _payers.Select(item => item.Payer.Points.Value)])
                .AddBigints([.. _payers.Select(item => item.Payer.Outstanding.Value)])
                .AddBigints([.. _payers.Select(item => item.Payer.FirstSequence!.Value.Value)]);
        }
    }

    private void AddKeys(NpgsqlBatch batch)
    {
        if (_keys.Count > 0)
        {
            batch.Add(WriteKeysSql)
                .AddTexts([.. _keys.Select(item => item.Key.Account)])
                .AddTexts([.. _keys.Select(item => item.Key.Key.Value)])
                .AddByteas([.. _keys.Select(item => item.Value.Record.Hash.ToArray())])
                .AddBigints([.. _keys.Select(item => item.Value.Record.Operation.Value)])
                .AddTimes([.. _keys.Select(item => PostgresTime.From(item.Value.RecordedAt))]);
        }
    }

    private void AddRuns(NpgsqlBatch batch)
    {
        batch.Add(WriteRunsSql)
            .AddTexts([.. _runs.Select(item => item.Account)])
            .AddBigints([.. _runs.Select(item => item.Run.First.Value)])
            .AddBigints([.. _runs.Select(item => item.Run.Last.Value)]);
        if (_archived.Count > 0)
        {
            batch.Add(ArchiveRunsSql)
                .AddTexts([.. _archived.Select(item => item.Account)])
                .AddBigints([.. _archived.Select(item => item.Through.Value)]);
        }
    }
}
