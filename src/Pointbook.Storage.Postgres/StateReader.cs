using System.Data;
using Npgsql;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Reads the rows of balances and of pages of lots, each time as of one moment.</summary>
internal sealed class StateReader(NpgsqlConnection connection, int partition)
{
    public const string AccountsSql =
        "SELECT account, stands_at, flushed_through, flushed_through_before, held FROM account WHERE partition = $2 AND account = ANY ($1)";

    public const string MarksSql = "SELECT account, damage FROM damaged_account WHERE account = ANY ($1) AND partition = $2";

    public const string PayersSql =
        """
        SELECT account, payer, points, outstanding, first_sequence
        FROM payer_balance
        WHERE account = ANY ($1) AND partition = $2
        """;

    public const string PayersOfSql =
        """
        SELECT account, payer, points, outstanding, first_sequence
        FROM payer_balance
        WHERE account = $1 AND partition = $2 AND payer = ANY ($3)
        """;

    // The partition is compared so that no index can serve it: those that begin with it lead to the due rows of all accounts.
    public const string DueLotsSql =
        """
        SELECT account, occurred_at, sequence, payer, remaining, expires_at
        FROM lot
        WHERE account = ANY ($1) AND (partition = $2) IS TRUE AND expires_at <= $3
        """;

    public const string DueHoldsSql =
        "SELECT account, sequence, ends_at, points FROM hold WHERE account = ANY ($1) AND (partition = $2) IS TRUE AND ends_at <= $3";

    public const string DueDrawsSql =
        """
        SELECT drawn.account, drawn.hold, drawn.occurred_at, drawn.lot, drawn.payer, drawn.points, drawn.expires_at
        FROM hold
        JOIN held_draw AS drawn ON drawn.partition = hold.partition AND drawn.account = hold.account AND drawn.hold = hold.sequence
        WHERE hold.account = ANY ($1) AND (hold.partition = $2) IS TRUE AND hold.ends_at <= $3
        """;

    // The expiry is in an expression, so that the lots come in their order and not by the index of expiries.
    public const string LotsSql =
        """
        SELECT account, occurred_at, sequence, payer, remaining, expires_at
        FROM lot
        WHERE account = $1 AND partition = $2 AND (occurred_at, sequence) > ($3, $4) AND coalesce(expires_at, 'infinity') > $5
        ORDER BY occurred_at, sequence
        LIMIT $6
        """;

    public const string LotsBeforeSql =
        """
        SELECT occurred_at, sequence, payer, remaining
        FROM lot
        WHERE account = $1 AND partition = $2 AND (occurred_at, sequence) > ($3, $4) AND (occurred_at, sequence) <= ($5, $6)
        ORDER BY occurred_at, sequence
        LIMIT $7
        """;

    // How many lots before a place are counted at a time; most payers that owe anything are through with the first few.
    private const int LotsCountedAtATime = 1_000;

    private static readonly LotKey BeforeAll = new(Instant.MinValue, Sequence.Zero);

    /// <summary>Reads the rows of the balances of accounts, those without rows left out. Damaged rows cost their own account only.</summary>
    public async ValueTask<IReadOnlyList<StoredBalance>> ReadBalancesAsync(
        IReadOnlyList<AccountId> accounts, Instant now, CancellationToken cancellationToken)
    {
        NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            StateRows rows = new();
            string[] keys = [.. accounts.Select(account => account.Value)];
            NpgsqlBatch batch = new(connection);
            await using (batch.ConfigureAwait(false))
            {
                AddAccountsAndDue(batch, keys, now);
                batch.Add(PayersSql).AddTexts(keys).AddInt(partition);
                batch.Add(MarksSql).AddTexts(keys).AddInt(partition);
                Action<NpgsqlDataReader>[] takes = [rows.AddAccount, rows.AddDueLot, rows.AddDueHold, rows.AddDueDraw, rows.AddPayer];
                await StateRows.ReadAsync(batch, [.. takes.Select(rows.OfAccount), rows.AddMark], cancellationToken).ConfigureAwait(false);
            }

            return [.. accounts.Select(rows.FindBalance).OfType<StoredBalance>()];
        }
    }

    /// <summary>Reads the rows of a page of lots.</summary>
    public async ValueTask<LotRows> ReadLotsAsync(LotQuery query, CancellationToken cancellationToken)
    {
        NpgsqlTransaction snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken).ConfigureAwait(false);
        await using (snapshot.ConfigureAwait(false))
        {
            StateRows rows = new();
            await ReadPageAsync(rows, query, cancellationToken).ConfigureAwait(false);
            if (!rows.Has(query.Account))
            {
                return LotRows.None;
            }

            await ReadPayersAsync(rows, query.Account, cancellationToken).ConfigureAwait(false);
            OwedAtPlace owed = new(query.After, rows.StandsAt(query.Account), rows.PayersOf(query.Account));
            await CountBeforeAsync(query, owed, cancellationToken).ConfigureAwait(false);
            return rows.ToLots(query.Account, owed.Owed);
        }
    }

    private void AddAccountsAndDue(NpgsqlBatch batch, string[] accounts, Instant now)
    {
        batch.Add(ListReader.SettingsSql);
        batch.Add(AccountsSql).AddTexts(accounts).AddInt(partition);
        batch.Add(DueLotsSql).AddTexts(accounts).AddInt(partition).AddTime(now);
        batch.Add(DueHoldsSql).AddTexts(accounts).AddInt(partition).AddTime(now);
        batch.Add(DueDrawsSql).AddTexts(accounts).AddInt(partition).AddTime(now);
    }

    private async Task ReadPageAsync(StateRows rows, LotQuery query, CancellationToken cancellationToken)
    {
        LotKey after = query.After?.Key ?? BeforeAll;
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            AddAccountsAndDue(batch, [query.Account.Value], query.Now);
            batch.Add(LotsSql).AddText(query.Account.Value).AddInt(partition).AddTime(after.OccurredAt).AddSequence(after.Sequence)
                .AddTime(query.Now).AddInt(query.CountMax);
            await StateRows.ReadAsync(batch, [rows.AddAccount, rows.AddDueLot, rows.AddDueHold, rows.AddDueDraw, rows.AddLot], cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Reads the lines of the payers of the lots and of the due events, and of no others.</summary>
    private async Task ReadPayersAsync(StateRows rows, AccountId account, CancellationToken cancellationToken)
    {
        NpgsqlBatch batch = new(connection);
        await using (batch.ConfigureAwait(false))
        {
            batch.Add(ListReader.SettingsSql);
            batch.Add(PayersOfSql).AddText(account.Value).AddInt(partition).AddTexts([.. rows.PayersNeeded(account).Select(payer => payer.Value)]);
            await StateRows.ReadAsync(batch, [rows.AddPayer], cancellationToken).ConfigureAwait(false);
        }
    }

    private async Task CountBeforeAsync(LotQuery query, OwedAtPlace owed, CancellationToken cancellationToken)
    {
        LotKey from = BeforeAll;
        bool isThrough = query.After is null;
        while (!owed.IsKnown && !isThrough)
        {
            int count = 0;
            NpgsqlBatch batch = new(connection);
            await using (batch.ConfigureAwait(false))
            {
                batch.Add(ListReader.SettingsSql);
                batch.Add(LotsBeforeSql).AddText(query.Account.Value).AddInt(partition).AddTime(from.OccurredAt).AddSequence(from.Sequence)
                    .AddTime(query.After!.Key.OccurredAt).AddSequence(query.After.Key.Sequence).AddInt(LotsCountedAtATime);
                await StateRows.ReadAsync(batch, [Count], cancellationToken).ConfigureAwait(false);
            }

            isThrough = count < LotsCountedAtATime;

            void Count(NpgsqlDataReader row)
            {
                count++;
                from = new LotKey(PostgresTime.Read(row, 0), new Sequence(row.GetInt64(1)));
                owed.Count(row.GetString(2), new Points(row.GetInt64(3)));
            }
        }
    }
}
