using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Analytics;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite.Analytics;

/// <summary>Writes the rows of rounds inside transactions of the caller. Not thread-safe.</summary>
internal sealed class RoundRows(StatementSet statements)
{
    private readonly Statement _account = statements.Prepare("INSERT INTO account (partition, opening, account) VALUES (?1, ?2, ?3)");

    private readonly Statement _operation = statements.Prepare(
        """
        INSERT INTO operation (partition, sequence, last_sequence, id, opening, kind, points, balance_before, balance_after, hold_until, subject,
            recorded_at, decided_at, reference, reason, actor)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
        """);

    private readonly Statement _entry = statements.Prepare(
        """
        INSERT INTO entry (partition, sequence, operation, opening, kind, payer, points, lot_points, lot, occurred_at, expires_at, recorded_at, decided_at, subject)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
        """);

    private readonly Statement _lot = statements.Prepare(
        "INSERT INTO lot (partition, opening, sequence, payer, occurred_at, expires_at, points, remaining) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");

    private readonly Statement _changeLot = statements.Prepare(
        "UPDATE lot SET remaining = remaining + ?4 WHERE partition = ?1 AND opening = ?2 AND sequence = ?3");

    private readonly Statement _deleteBalance = statements.Prepare(
        "DELETE FROM account_balance WHERE partition = ?1 AND opening = ?2 AND payer = ?3");

    // INSERT with ON CONFLICT would check constraints against the row that it does not insert, and a change may be negative.
    private readonly Statement _changeBalance = statements.Prepare(
        """
        UPDATE account_balance SET points = points + ?4, unpaid_deductions = unpaid_deductions + ?5
        WHERE partition = ?1 AND opening = ?2 AND payer = ?3
        """);

    private readonly Statement _balance = statements.Prepare(
        """
        INSERT INTO account_balance (partition, opening, payer, first_sequence, points, unpaid_deductions)
        VALUES (?1, ?2, ?3, ?6, ?4, ?5)
        """);

    private readonly Statement _deleteHold = statements.Prepare("DELETE FROM hold WHERE partition = ?1 AND opening = ?2 AND spend = ?3");

    // CROSS JOIN makes SQLite read only the entries of the spend.
    private readonly Statement _hold = statements.Prepare(
        """
        INSERT INTO hold (partition, opening, spend, payer, points, hold_until)
        SELECT spend.partition, spend.opening, spend.sequence, draw.payer, -sum(draw.points), spend.hold_until
        FROM operation AS spend
        CROSS JOIN entry AS draw ON draw.partition = spend.partition AND draw.sequence BETWEEN spend.sequence AND spend.last_sequence AND draw.kind = 'draw'
        WHERE spend.partition = ?1 AND spend.sequence = ?2
        GROUP BY draw.payer
        """);

    // Successive entries often have the same times. A text that is already bound is not bound again.
    private Instant _lastOccurredAt;
    private string _lastOccurredAtText = AnalyticsTime.ToText(default(Instant));

    /// <summary>Writes the rows of a round.</summary>
    /// <exception cref="AnalyticsDamagedException">A lot that the round changes is missing.</exception>
    public void Write(AnalyticsRound round, CancellationToken cancellationToken)
    {
        foreach (AnalyticsAccount account in round.Accounts.Where(account => account.IsNew))
        {
            _account.Bind(1, round.Partition).Bind(2, account.Opening.Value).Bind(3, account.Account?.Value).Run();
        }

        foreach (AnalyticsOperation operation in round.Operations)
        {
            Write(operation);
        }

        foreach (Commit commit in round.Commits)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Write(commit);
        }

        foreach (AnalyticsAccount account in round.Accounts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            WriteLots(round.Partition, account);
            WriteBalances(round.Partition, account);
            WriteHolds(round.Partition, account);
        }
    }

    private void Write(AnalyticsOperation operation)
    {
        Origin? origin = operation.First.Origin;
        _operation.Bind(1, operation.Id.Partition).Bind(2, operation.First.Sequence.Value).Bind(3, operation.Last.Value)
            .Bind(4, operation.Id.ToString()).Bind(5, operation.Opening.Value).Bind(6, EntryKindNames.ToText(operation.Kind))
            .Bind(7, operation.Points.Value).Bind(8, operation.First.BalanceBefore.Value).Bind(9, operation.BalanceAfter.Value)
            .Bind(10, AnalyticsTime.ToText(operation.HoldUntil)).Bind(11, operation.First.Subject?.Value)
            .Bind(12, AnalyticsTime.ToText(operation.Time.RecordedAt)).Bind(13, AnalyticsTime.ToText(operation.Time.DecidedAt))
            .Bind(14, origin?.Reference).Bind(15, origin?.Reason).Bind(16, origin?.Actor).Run();
    }

    private void Write(Commit commit)
    {
        _entry.Bind(1, commit.Partition).Bind(12, AnalyticsTime.ToText(commit.RecordedAt)).Bind(13, AnalyticsTime.ToText(commit.DecidedAt));
        foreach (Entry entry in commit.Entries)
        {
            Sequence opening = entry.Opening == Sequence.Zero ? entry.Sequence : entry.Opening;
            _entry.Bind(2, entry.Sequence.Value).Bind(3, entry.Operation.Value).Bind(4, opening.Value).Bind(5, EntryKindNames.ToText(entry.Kind))
                .Bind(6, entry.Payer?.Value).Bind(7, entry.Points.Value).Bind(8, entry.LotPoints.Value).Bind(9, entry.Lot?.Value)
                .Bind(10, OccurredAt(entry)).Bind(11, AnalyticsTime.ToText(entry.ExpiresAt)).Bind(14, entry.Subject?.Value).Run();
        }
    }

    private string? OccurredAt(Entry entry)
    {
        if (entry.OccurredAt is not { } occurredAt)
        {
            return null;
        }

        if (occurredAt != _lastOccurredAt)
        {
            (_lastOccurredAt, _lastOccurredAtText) = (occurredAt, AnalyticsTime.ToText(occurredAt));
        }

        return _lastOccurredAtText;
    }

    private void WriteLots(int partition, AnalyticsAccount account)
    {
        Dictionary<Sequence, Entry> credits = account.Credits.ToDictionary(credit => credit.Sequence);
        foreach (LotChange change in account.Lots)
        {
            if (credits.TryGetValue(change.Key.Sequence, out Entry? credit))
            {
                _lot.Bind(1, partition).Bind(2, account.Opening.Value).Bind(3, credit.Sequence.Value).Bind(4, credit.Payer!.Value)
                    .Bind(5, OccurredAt(credit)).Bind(6, AnalyticsTime.ToText(credit.ExpiresAt)).Bind(7, credit.LotPoints.Value).Bind(8, change.Points.Value).Run();
            }
            else if (_changeLot.Bind(1, partition).Bind(2, account.Opening.Value).Bind(3, change.Key.Sequence.Value).Bind(4, change.Points.Value).RunAndCount() == 0)
            {
                throw new AnalyticsDamagedException($"Lot {change.Key.Sequence} is missing among the rows.");
            }
        }
    }

    private void WriteBalances(int partition, AnalyticsAccount account)
    {
        foreach (PayerChange change in account.Payers)
        {
            if (change.ReplacesRow)
            {
                Bind(_deleteBalance).Run();
            }

            if (change.FirstSequence is { } first && Bind(_changeBalance).Bind(4, change.Points.Value).Bind(5, change.Outstanding.Value).RunAndCount() == 0)
            {
                Bind(_balance).Bind(4, change.Points.Value).Bind(5, change.Outstanding.Value).Bind(6, first.Value).Run();
            }

            Statement Bind(Statement statement) => statement.Bind(1, partition).Bind(2, account.Opening.Value).Bind(3, change.Payer.Value);
        }
    }

    /// <summary>Writes what pending spends hold. Their draws are in the entries, which also contain spends of earlier rounds that a restore makes pending again.</summary>
    private void WriteHolds(int partition, AnalyticsAccount account)
    {
        foreach ((Sequence spend, bool isPending) in account.Holds)
        {
            _deleteHold.Bind(1, partition).Bind(2, account.Opening.Value).Bind(3, spend.Value).Run();
            if (isPending)
            {
                _hold.Bind(1, partition).Bind(2, spend.Value).Run();
            }
        }
    }
}
