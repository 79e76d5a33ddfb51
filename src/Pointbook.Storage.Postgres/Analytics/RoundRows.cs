using Npgsql;
using NpgsqlTypes;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres.Analytics;

/// <summary>Writes the rows of one round inside a transaction of the caller. Used once.</summary>
internal sealed class RoundRows(NpgsqlConnection connection, AnalyticsRound round)
{
    // The first statement of a round. Its lock makes the exporters of several processes take turns, and the second one finds nothing to move.
    private const string MoveSql =
        """
        UPDATE analytics.export_position SET last_sequence = $4, seal = $5, recorded_at = $6
        WHERE partition = $1 AND last_sequence = $2 AND seal = $3 AND NOT is_emptying
        """;

    private const string CopyAccounts = "COPY analytics.account (partition, opening, account) FROM STDIN (FORMAT BINARY)";

    private const string CopyOperations =
        """
        COPY analytics.operation (partition, sequence, last_sequence, id, opening, kind, points, balance_before, balance_after, hold_until, subject,
            recorded_at, decided_at, reference, reason, actor)
        FROM STDIN (FORMAT BINARY)
        """;

    private const string CopyEntries =
        """
        COPY analytics.entry (partition, sequence, operation, opening, kind, payer, points, lot_points, lot, occurred_at, expires_at, subject, recorded_at, decided_at)
        FROM STDIN (FORMAT BINARY)
        """;

    private const string CopyLots = "COPY analytics.lot (partition, opening, sequence, payer, occurred_at, expires_at, points, remaining) FROM STDIN (FORMAT BINARY)";

    private const string ChangeLotsSql =
        """
        UPDATE analytics.lot SET remaining = lot.remaining + change.points
        FROM unnest($2::bigint[], $3::bigint[], $4::bigint[]) AS change (opening, sequence, points)
        WHERE lot.partition = $1 AND lot.opening = change.opening AND lot.sequence = change.sequence
        """;

    private const string EraseAccountsSql = "UPDATE analytics.account SET account = NULL WHERE partition = $1 AND opening = ANY ($2)";

    private const string EraseOperationsSql =
        """
        UPDATE analytics.operation SET reference = NULL, reason = NULL
        WHERE partition = $1 AND opening = ANY ($2) AND kind <> 'erasure' AND (reference IS NOT NULL OR reason IS NOT NULL)
        """;

    private const string DeleteBalancesSql =
        """
        DELETE FROM analytics.account_balance AS balance
        USING unnest($2::bigint[], $3::text[]) AS change (opening, payer)
        WHERE balance.partition = $1 AND balance.opening = change.opening AND balance.payer = change.payer
        """;

    // INSERT with ON CONFLICT would check constraints against the row that it does not insert, and a change may be negative.
    private const string ChangeBalancesSql =
        """
        WITH change AS (
            SELECT * FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[]) AS change (opening, payer, first_sequence, points, unpaid)
        ), changed AS (
            UPDATE analytics.account_balance AS balance
            SET points = balance.points + change.points, unpaid_deductions = balance.unpaid_deductions + change.unpaid
            FROM change
            WHERE balance.partition = $1 AND balance.opening = change.opening AND balance.payer = change.payer
            RETURNING balance.opening, balance.payer
        )
        INSERT INTO analytics.account_balance (partition, opening, payer, first_sequence, points, unpaid_deductions)
        SELECT $1, opening, payer, first_sequence, points, unpaid
        FROM change
        WHERE NOT EXISTS (SELECT FROM changed WHERE changed.opening = change.opening AND changed.payer = change.payer)
        """;

    private const string DeleteHoldsSql =
        """
        DELETE FROM analytics.hold
        USING unnest($2::bigint[], $3::bigint[]) AS change (opening, spend)
        WHERE hold.partition = $1 AND hold.opening = change.opening AND hold.spend = change.spend
        """;

    // A plain join would read all entries of the partition while the tables have no statistics yet.
    private const string AddHoldsSql =
        """
        INSERT INTO analytics.hold (partition, opening, spend, payer, points, hold_until)
        SELECT spend.partition, spend.opening, spend.sequence, held.payer, held.points, spend.hold_until
        FROM analytics.operation AS spend
        CROSS JOIN LATERAL (
            SELECT payer, -sum(points) AS points
            FROM analytics.entry
            WHERE partition = $1 AND sequence BETWEEN spend.sequence AND spend.last_sequence AND kind = 'draw'
            GROUP BY payer
        ) AS held
        WHERE spend.partition = $1 AND spend.sequence = ANY ($2)
        """;

    /// <summary>Moves the position to the end of the round.</summary>
    /// <returns>False if the round does not begin at the stored position.</returns>
    public async ValueTask<bool> TryMoveAsync(CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(MoveSql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(round.Partition).AddSequence(round.After.Last).AddDigest(round.After.Seal)
                .AddSequence(round.End.Last).AddDigest(round.End.Seal).AddTime(round.Commits[^1].RecordedAt);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false) == 1;
        }
    }

    /// <summary>Writes the rows.</summary>
    /// <exception cref="AnalyticsDamagedException">A lot that the round changes is missing.</exception>
    public async ValueTask WriteAsync(CancellationToken cancellationToken)
    {
        await CopyAsync(CopyAccounts, round.Accounts.Where(account => account.IsNew), WriteAccount, cancellationToken).ConfigureAwait(false);
        await CopyAsync(CopyOperations, round.Operations, WriteOperation, cancellationToken).ConfigureAwait(false);
        await CopyAsync(CopyEntries, Entries(), WriteEntry, cancellationToken).ConfigureAwait(false);
        List<(Sequence Opening, LotChange Change)> changed = [];
        await CopyAsync(CopyLots, NewLots(changed), WriteLot, cancellationToken).ConfigureAwait(false);
        await ChangeAsync(changed, cancellationToken).ConfigureAwait(false);
        await WriteHoldsAsync(cancellationToken).ConfigureAwait(false);
        if (round.Erased is { Count: > 0 } erased)
        {
            Action<NpgsqlParameterCollection> addOpenings = parameters => parameters.AddBigints([.. erased.Select(opening => opening.Value)]);
            await RunAsync(EraseAccountsSql, addOpenings, cancellationToken).ConfigureAwait(false);
            await RunAsync(EraseOperationsSql, addOpenings, cancellationToken).ConfigureAwait(false);
        }
    }

    private IEnumerable<(Entry Entry, Sequence Opening, CommitTime Time)> Entries()
    {
        foreach (Commit commit in round.Commits)
        {
            foreach (Entry entry in commit.Entries)
            {
                yield return (entry, entry.AccountOpening, commit.Time);
            }
        }
    }

    /// <summary>Returns the lots that the round opens, with their remaining points. Adds the changes of other lots to a list.</summary>
    private IEnumerable<(Entry Credit, Sequence Opening, Points Remaining)> NewLots(List<(Sequence Opening, LotChange Change)> others)
    {
        foreach (AnalyticsAccount account in round.Accounts)
        {
            Dictionary<Sequence, Entry> credits = account.Credits.ToDictionary(credit => credit.Sequence);
            foreach (LotChange change in account.Lots)
            {
                if (credits.TryGetValue(change.Key.Sequence, out Entry? credit))
                {
                    yield return (credit, account.Opening, change.Points);
                }
                else
                {
                    others.Add((account.Opening, change));
                }
            }
        }
    }

    private async ValueTask ChangeAsync(List<(Sequence Opening, LotChange Change)> lots, CancellationToken cancellationToken)
    {
        (Sequence Opening, PayerChange Change)[] payers =
            [.. round.Accounts.SelectMany(account => account.Payers, (account, change) => (account.Opening, change))];
        (Sequence Opening, PayerChange Change)[] gone = [.. payers.Where(payer => payer.Change.ReplacesRow)];
        (Sequence Opening, PayerChange Change)[] there = [.. payers.Where(payer => payer.Change.FirstSequence is not null)];
        if (lots.Count > 0)
        {
            int changed = await RunAsync(
                ChangeLotsSql,
                parameters => parameters.AddBigints([.. lots.Select(lot => lot.Opening.Value)])
                    .AddBigints([.. lots.Select(lot => lot.Change.Key.Sequence.Value)])
                    .AddBigints([.. lots.Select(lot => lot.Change.Points.Value)]),
                cancellationToken).ConfigureAwait(false);
            if (changed != lots.Count)
            {
                throw new AnalyticsDamagedException($"{lots.Count - changed} lots are missing among the rows of partition {round.Partition}.");
            }
        }

        if (gone.Length > 0)
        {
            await RunAsync(
                DeleteBalancesSql,
                parameters => parameters.AddBigints([.. gone.Select(payer => payer.Opening.Value)])
                    .AddTexts([.. gone.Select(payer => payer.Change.Payer.Value)]),
                cancellationToken).ConfigureAwait(false);
        }

        if (there.Length > 0)
        {
            await RunAsync(
                ChangeBalancesSql,
                parameters => parameters.AddBigints([.. there.Select(payer => payer.Opening.Value)])
                    .AddTexts([.. there.Select(payer => payer.Change.Payer.Value)])
                    .AddBigints([.. there.Select(payer => payer.Change.FirstSequence!.Value.Value)])
                    .AddBigints([.. there.Select(payer => payer.Change.Points.Value)])
                    .AddBigints([.. there.Select(payer => payer.Change.Outstanding.Value)]),
                cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes what pending spends hold. Their draws are in the entries, which also contain spends of earlier rounds that a restore makes pending again.</summary>
    private async ValueTask WriteHoldsAsync(CancellationToken cancellationToken)
    {
        (Sequence Opening, Sequence Spend, bool IsPending)[] holds =
            [.. round.Accounts.SelectMany(account => account.Holds, (account, hold) => (account.Opening, hold.Key, hold.Value))];
        if (holds.Length == 0)
        {
            return;
        }

        await RunAsync(
            DeleteHoldsSql,
            parameters => parameters.AddBigints([.. holds.Select(hold => hold.Opening.Value)]).AddBigints([.. holds.Select(hold => hold.Spend.Value)]),
            cancellationToken).ConfigureAwait(false);
        long[] pending = [.. holds.Where(hold => hold.IsPending).Select(hold => hold.Spend.Value)];
        if (pending.Length > 0)
        {
            await RunAsync(AddHoldsSql, parameters => parameters.AddBigints(pending), cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask<int> RunAsync(string sql, Action<NpgsqlParameterCollection> addParameters, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new(sql, connection);
        await using (command.ConfigureAwait(false))
        {
            command.Parameters.AddInt(round.Partition);
            addParameters(command.Parameters);
            return await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private async ValueTask CopyAsync<T>(string sql, IEnumerable<T> items, Action<NpgsqlBinaryImporter, T> write, CancellationToken cancellationToken)
    {
        NpgsqlBinaryImporter importer = await connection.BeginBinaryImportAsync(sql, cancellationToken).ConfigureAwait(false);
        await using (importer.ConfigureAwait(false))
        {
            foreach (T item in items)
            {
                cancellationToken.ThrowIfCancellationRequested();
                importer.StartRow();
                importer.Write(round.Partition, NpgsqlDbType.Integer);
                write(importer, item);
            }

            await importer.CompleteAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static void WriteAccount(NpgsqlBinaryImporter row, AnalyticsAccount account)
    {
        Write(row, account.Opening);
        Write(row, account.Account?.Value);
    }

    private static void WriteOperation(NpgsqlBinaryImporter row, AnalyticsOperation operation)
    {
        Origin? origin = operation.First.Origin;
        Write(row, operation.First.Sequence);
        Write(row, operation.Last);
        Write(row, operation.Id.ToString());
        Write(row, operation.Opening);
        Write(row, EntryKindNames.ToText(operation.Kind));
        Write(row, operation.Points);
        Write(row, operation.First.BalanceBefore);
        Write(row, operation.BalanceAfter);
        Write(row, operation.HoldUntil);
        Write(row, operation.First.Subject);
        Write(row, operation.Time.RecordedAt);
        Write(row, operation.Time.DecidedAt);
        Write(row, origin?.Reference);
        Write(row, origin?.Reason);
        Write(row, origin?.Actor);
    }

    private static void WriteEntry(NpgsqlBinaryImporter row, (Entry Entry, Sequence Opening, CommitTime Time) item)
    {
        Entry entry = item.Entry;
        Write(row, entry.Sequence);
        Write(row, entry.Operation);
        Write(row, item.Opening);
        Write(row, EntryKindNames.ToText(entry.Kind));
        Write(row, entry.Payer?.Value);
        Write(row, entry.Points);
        Write(row, entry.LotPoints);
        Write(row, entry.Lot);
        Write(row, entry.OccurredAt);
        Write(row, entry.ExpiresAt);
        Write(row, entry.Subject);
        Write(row, item.Time.RecordedAt);
        Write(row, item.Time.DecidedAt);
    }

    private static void WriteLot(NpgsqlBinaryImporter row, (Entry Credit, Sequence Opening, Points Remaining) lot)
    {
        Write(row, lot.Opening);
        Write(row, lot.Credit.Sequence);
        Write(row, lot.Credit.Payer!.Value);
        Write(row, lot.Credit.OccurredAt);
        Write(row, lot.Credit.ExpiresAt);
        Write(row, lot.Credit.LotPoints);
        Write(row, lot.Remaining);
    }

    private static void Write(NpgsqlBinaryImporter row, Sequence? value)
    {
        if (value is { } sequence)
        {
            row.Write(sequence.Value, NpgsqlDbType.Bigint);
        }
        else
        {
            row.WriteNull();
        }
    }

    private static void Write(NpgsqlBinaryImporter row, Points value) => row.Write(value.Value, NpgsqlDbType.Bigint);

    private static void Write(NpgsqlBinaryImporter row, Instant? value)
    {
        if (value is { } instant)
        {
            row.Write(PostgresTime.From(instant), NpgsqlDbType.TimestampTz);
        }
        else
        {
            row.WriteNull();
        }
    }

    private static void Write(NpgsqlBinaryImporter row, string? value)
    {
        if (value is null)
        {
            row.WriteNull();
        }
        else
        {
            row.Write(value, NpgsqlDbType.Text);
        }
    }
}
