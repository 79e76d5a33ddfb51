using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>The changes of many accounts as columns, written in one round trip inside a transaction of the caller. Used once.</summary>
internal sealed class ChangeSet(int partition)
{
    // What is new is inserted and nothing else, so that a row that must not be there is found instead of added to. A lot that
    // comes back may still be there: rows that were updated instead of inserted have a trace of that in xmax.
    // https://www.postgresql.org/docs/current/ddl-system-columns.html
    private const string WriteLotsSql =
        """
        WITH opened AS (
            INSERT INTO lot (account, partition, occurred_at, sequence, payer, remaining, expires_at)
            SELECT account, $19, occurred_at, sequence, payer, points, expires_at
            FROM unnest($1::text[], $2::timestamptz[], $3::bigint[], $4::text[], $5::bigint[], $6::timestamptz[])
                AS opened (account, occurred_at, sequence, payer, points, expires_at)
            RETURNING account
        ), returned AS (
            INSERT INTO lot (account, partition, occurred_at, sequence, payer, remaining, expires_at)
            SELECT account, $19, occurred_at, sequence, payer, points, expires_at
            FROM unnest($13::text[], $14::timestamptz[], $15::bigint[], $16::text[], $17::bigint[], $18::timestamptz[])
                AS returned (account, occurred_at, sequence, payer, points, expires_at)
            ON CONFLICT (partition, account, occurred_at, sequence) DO UPDATE SET remaining = lot.remaining + excluded.remaining
            RETURNING account, xmax = 0 AS is_new
        ), taken AS (
            SELECT * FROM unnest($7::text[], $8::timestamptz[], $9::bigint[], $10::bigint[]) AS taken (account, occurred_at, sequence, points)
        ), emptied AS (
            DELETE FROM lot USING taken
            WHERE lot.partition = $19 AND lot.account = taken.account AND lot.occurred_at = taken.occurred_at AND lot.sequence = taken.sequence
            AND lot.remaining = taken.points
            RETURNING lot.account
        ), lessened AS (
            UPDATE lot SET remaining = lot.remaining - taken.points
            FROM taken
            WHERE lot.partition = $19 AND lot.account = taken.account AND lot.occurred_at = taken.occurred_at AND lot.sequence = taken.sequence
            AND lot.remaining > taken.points
            RETURNING 1
        ), changed AS (
            SELECT
                account, sum(lots) AS lots, max(stands_at) AS stands_at, max(flushed_through) AS flushed_through,
                max(flushed_through_before) AS flushed_through_before
            FROM (
                SELECT account, stands_at, flushed_through, flushed_through_before, 0 AS lots
                FROM unnest($11::text[], $12::bigint[], $20::bigint[], $21::bigint[])
                    AS known (account, stands_at, flushed_through, flushed_through_before)
                UNION ALL
                SELECT account, NULL, NULL, NULL, 1 FROM opened
                UNION ALL
                SELECT account, NULL, NULL, NULL, 1 FROM returned WHERE is_new
                UNION ALL
                SELECT account, NULL, NULL, NULL, -1 FROM emptied
            ) AS change
            GROUP BY account
            HAVING max(stands_at) IS NOT NULL
        ), stood AS (
            UPDATE account
            SET open_lots = account.open_lots + changed.lots, stands_at = changed.stands_at,
                flushed_through = changed.flushed_through, flushed_through_before = changed.flushed_through_before
            FROM changed
            WHERE account.partition = $19 AND account.account = changed.account
        )
        SELECT (SELECT count(*) FROM emptied) + (SELECT count(*) FROM lessened)
        """;

    private const string AddAccountsSql =
        """
        INSERT INTO account (account, partition, open_lots, stands_at, flushed_through, flushed_through_before)
        SELECT account, $1, open_lots, stands_at, flushed_through, flushed_through_before
        FROM unnest($2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[])
            AS new (account, open_lots, stands_at, flushed_through, flushed_through_before)
        """;

    private const string DeletePayersSql =
        """
        DELETE FROM payer_balance USING unnest($1::text[], $2::text[]) AS flushed (account, payer)
        WHERE payer_balance.partition = $3 AND payer_balance.account = flushed.account AND payer_balance.payer = flushed.payer
        """;

    private const string AddPayersSql =
        """
        INSERT INTO payer_balance (account, partition, payer, points, outstanding, first_sequence)
        SELECT account, $6, payer, points, outstanding, first_sequence
        FROM unnest($1::text[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[]) AS new (account, payer, points, outstanding, first_sequence)
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
            WHERE payer_balance.partition = $6 AND payer_balance.account = change.account AND payer_balance.payer = change.payer
            RETURNING payer_balance.account, payer_balance.payer
        )
        INSERT INTO payer_balance (account, partition, payer, points, outstanding, first_sequence)
        SELECT account, $6, payer, points, outstanding, first_sequence
        FROM change
        WHERE (account, payer) NOT IN (SELECT account, payer FROM known)
        """;

    private const string WriteKeysSql =
        """
        INSERT INTO idempotency_key (account, partition, key, hash, operation, decided_at)
        SELECT account, $6, key, hash, operation, decided_at
        FROM unnest($1::text[], $2::text[], $3::bytea[], $4::bigint[], $5::timestamptz[]) AS used (account, key, hash, operation, decided_at)
        ON CONFLICT (partition, account, key) DO UPDATE SET hash = excluded.hash, operation = excluded.operation, decided_at = excluded.decided_at
        """;

    private readonly List<(string Account, AccountChange Change)> _accounts = [];
    private readonly List<(string Account, AccountChange Change)> _newAccounts = [];
    private readonly List<(string Account, LotChange Lot)> _opened = [];
    private readonly List<(string Account, LotChange Lot)> _returned = [];
    private readonly List<(string Account, LotChange Lot)> _taken = [];
    private readonly List<(string Account, PayerChange Payer)> _flushedPayers = [];
    private readonly List<(string Account, PayerChange Payer)> _newPayers = [];
    private readonly List<(string Account, PayerChange Payer)> _payers = [];
    private readonly Dictionary<(string Account, IdempotencyKey Key), KeyChange> _keys = [];
    private readonly OperationChanges _operations = new(partition);
    private readonly HoldRowChanges _holds = new(partition);

    /// <summary>Adds what changes in one account.</summary>
    /// <param name="change">The change.</param>
    /// <param name="standsAt">The last entry that its rows contain already; null if it has no rows.</param>
    public void Add(AccountChange change, Sequence? standsAt)
    {
        string account = change.Account.Value;
        bool isNew = standsAt is null;
        (isNew ? _newAccounts : _accounts).Add((account, change));
        foreach (LotChange lot in change.Lots.Where(lot => lot.Points.IsPositive))
        {
            (isNew || lot.Key.Sequence > standsAt ? _opened : _returned).Add((account, lot));
        }

        _taken.AddRange(change.Lots.Where(lot => lot.Points.IsNegative).Select(lot => (account, lot)));
        _flushedPayers.AddRange(change.Payers.Where(payer => payer.ReplacesRow).Select(payer => (account, payer)));
        foreach (PayerChange payer in change.Payers.Where(payer => payer.FirstSequence is not null))
        {
            (isNew || payer.ReplacesRow ? _newPayers : _payers).Add((account, payer));
        }

        foreach (KeyChange key in change.Keys)
        {
            _keys[(account, key.Key)] = key;
        }

        _operations.Add(account, change);
        _holds.Add(account, change.Holds);
    }

    /// <summary>Writes everything.</summary>
    /// <exception cref="InvalidRowException">A lot holds less than is taken from it.</exception>
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
            _operations.AddTo(batch);
            _holds.AddTo(batch);
            // Statements without rows are passed over, so this is what the statement of the lots says.
            object? touched = await batch.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
            if (touched is not long count || count != _taken.Count)
            {
                throw new InvalidRowException($"{_taken.Count} lots should have given points and {touched} could");
            }
        }
    }

    private void AddLots(NpgsqlBatch batch)
    {
        if (_newAccounts.Count > 0)
        {
            NpgsqlParameterCollection rows = batch.Add(AddAccountsSql)
                .AddInt(partition)
                .AddTexts([.. _newAccounts.Select(item => item.Account)])
                .AddBigints([.. _newAccounts.Select(item => (long)item.Change.Lots.Count(lot => lot.Points.IsPositive))])
                .AddBigints([.. _newAccounts.Select(item => item.Change.StandsAt.Value)]);
            AddFlushes(rows, _newAccounts);
        }

        NpgsqlParameterCollection parameters = batch.Add(WriteLotsSql);
        AddPositive(parameters, _opened);
        parameters
            .AddTexts([.. _taken.Select(item => item.Account)])
            .AddTimes([.. _taken.Select(item => PostgresTime.From(item.Lot.Key.OccurredAt))])
            .AddBigints([.. _taken.Select(item => item.Lot.Key.Sequence.Value)])
            .AddBigints([.. _taken.Select(item => -item.Lot.Points.Value)])
            .AddTexts([.. _accounts.Select(item => item.Account)])
            .AddBigints([.. _accounts.Select(item => item.Change.StandsAt.Value)]);
        AddPositive(parameters, _returned);
        AddFlushes(parameters.AddInt(partition), _accounts);
    }

    private static void AddFlushes(NpgsqlParameterCollection parameters, List<(string Account, AccountChange Change)> accounts) => parameters
        .AddBigints([.. accounts.Select(item => item.Change.FlushedThrough.Value)])
        .AddBigints([.. accounts.Select(item => item.Change.FlushedThroughBefore.Value)]);

    private static void AddPositive(NpgsqlParameterCollection parameters, List<(string Account, LotChange Lot)> lots) => parameters
        .AddTexts([.. lots.Select(item => item.Account)])
        .AddTimes([.. lots.Select(item => PostgresTime.From(item.Lot.Key.OccurredAt))])
        .AddBigints([.. lots.Select(item => item.Lot.Key.Sequence.Value)])
        .AddTexts([.. lots.Select(item => item.Lot.Payer.Value)])
        .AddBigints([.. lots.Select(item => item.Lot.Points.Value)])
        .AddTimes([.. lots.Select(item => PostgresTime.From(item.Lot.ExpiresAt))]);

    private void AddPayers(NpgsqlBatch batch)
    {
        if (_flushedPayers.Count > 0)
        {
            batch.Add(DeletePayersSql)
                .AddTexts([.. _flushedPayers.Select(item => item.Account)])
                .AddTexts([.. _flushedPayers.Select(item => item.Payer.Payer.Value)])
                .AddInt(partition);
        }

        if (_newPayers.Count > 0)
        {
            AddLines(batch.Add(AddPayersSql), _newPayers);
        }

        if (_payers.Count > 0)
        {
            AddLines(batch.Add(WritePayersSql), _payers);
        }
    }

    private void AddLines(NpgsqlParameterCollection parameters, List<(string Account, PayerChange Payer)> payers) => parameters
        .AddTexts([.. payers.Select(item => item.Account)])
        .AddTexts([.. payers.Select(item => item.Payer.Payer.Value)])
        .AddBigints([.. payers.Select(item => item.Payer.Points.Value)])
        .AddBigints([.. payers.Select(item => item.Payer.Outstanding.Value)])
        .AddBigints([.. payers.Select(item => item.Payer.FirstSequence!.Value.Value)])
        .AddInt(partition);

    private void AddKeys(NpgsqlBatch batch)
    {
        if (_keys.Count > 0)
        {
            batch.Add(WriteKeysSql)
                .AddTexts([.. _keys.Select(item => item.Key.Account)])
                .AddTexts([.. _keys.Select(item => item.Key.Key.Value)])
                .AddByteas([.. _keys.Select(item => item.Value.Record.Hash.ToArray())])
                .AddBigints([.. _keys.Select(item => item.Value.Record.Operation.Value)])
                .AddTimes([.. _keys.Select(item => PostgresTime.From(item.Value.Record.DecidedAt))])
                .AddInt(partition);
        }
    }
}
