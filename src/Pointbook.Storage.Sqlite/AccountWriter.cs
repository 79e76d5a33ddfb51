using System.Globalization;
using Microsoft.Data.Sqlite;
using Pointbook.Engine.Projection;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Writes changes of accounts and sums into the projection, inside a transaction of the caller. Not thread-safe.</summary>
internal sealed class AccountWriter : IDisposable
{
    private readonly List<Statement> _statements = [];
    private readonly Statement _readAccount;
    private readonly Statement _writeAccount;
    private readonly Statement _openLot;
    private readonly Statement _addToLot;
    private readonly Statement _takeFromLot;
    private readonly Statement _deleteLot;
    private readonly Statement _writePayer;
    private readonly Statement _addToPayer;
    private readonly Statement _deletePayer;
    private readonly Statement _writeKey;
    private readonly Statement _writeRun;
    private readonly Statement _archiveRuns;
    private readonly Statement _deleteRuns;
    private readonly Statement _readTotal;
    private readonly Statement _writeTotal;

    public AccountWriter(SqliteConnection connection)
    {
        _readAccount = Prepare(connection, "SELECT stands_at, open_lots FROM account WHERE account = ?1");
        _writeAccount = Prepare(connection, "INSERT OR REPLACE INTO account (account, stands_at, open_lots) VALUES (?1, ?2, ?3)");
        _openLot = Prepare(
            connection,
            "INSERT INTO open_lot (account, occurred_at, sequence, payer, remaining, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _addToLot = Prepare(
            connection,
            """
            INSERT INTO open_lot (account, occurred_at, sequence, payer, remaining, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (account, occurred_at, sequence) DO UPDATE SET remaining = remaining + excluded.remaining
            RETURNING remaining
            """);
        _deleteLot = Prepare(connection, "DELETE FROM open_lot WHERE account = ?1 AND occurred_at = ?2 AND sequence = ?3 AND remaining = ?4");
        _takeFromLot = Prepare(
            connection,
            "UPDATE open_lot SET remaining = remaining - ?4 WHERE account = ?1 AND occurred_at = ?2 AND sequence = ?3 AND remaining > ?4");
        _writePayer = Prepare(
            connection,
            "INSERT OR REPLACE INTO payer_balance (account, payer, points, outstanding, first_sequence) VALUES (?1, ?2, ?3, ?4, ?5)");
        _addToPayer = Prepare(
            connection,
            """
            INSERT INTO payer_balance (account, payer, points, outstanding, first_sequence) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (account, payer) DO UPDATE SET points = points + excluded.points, outstanding = outstanding + excluded.outstanding
            """);
        _deletePayer = Prepare(connection, "DELETE FROM payer_balance WHERE account = ?1 AND payer = ?2");
        _writeKey = Prepare(
            connection,
            "INSERT OR REPLACE INTO idempotency_key (account, key, hash, operation, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5)");
        _writeRun = Prepare(connection, "INSERT INTO account_entry (account, first_sequence, last_sequence) VALUES (?1, ?2, ?3)");
        _archiveRuns = Prepare(
            connection,
            """
            INSERT INTO archived_entry (account, first_sequence, last_sequence)
            SELECT account, first_sequence, last_sequence FROM account_entry WHERE account = ?1 AND first_sequence <= ?2
            """);
        _deleteRuns = Prepare(connection, "DELETE FROM account_entry WHERE account = ?1 AND first_sequence <= ?2");
        _readTotal = Prepare(connection, "SELECT points, outstanding FROM payer_total WHERE payer = ?1");
        _writeTotal = Prepare(connection, "INSERT OR REPLACE INTO payer_total (payer, points, outstanding) VALUES (?1, ?2, ?3)");
    }

    /// <summary>Writes what the rows of an account do not contain yet.</summary>
    public void Write(AccountEntries entries)
    {
        string account = entries.Account.Value;
        Sequence standsAt = Sequence.Zero;
        long openLots = 0;
        if (_readAccount.Bind(1, account).Step())
        {
            (standsAt, openLots) = (new Sequence(_readAccount.Int64(0)), _readAccount.Int64(1));
            _readAccount.Reset();
        }

        if (entries.ChangeSince(standsAt) is not { } change)
        {
            return;
        }

        foreach (LotChange lot in change.Lots)
        {
            openLots += Write(account, lot, isNew: lot.Key.Sequence > standsAt);
        }

        foreach (PayerChange payer in change.Payers)
        {
            Write(account, payer);
        }

        foreach (KeyChange key in change.Keys)
        {
            _writeKey.Bind(1, account).Bind(2, key.Key.Value).Bind(3, key.Record.Hash)
                .Bind(4, key.Record.Operation.Value).Bind(5, key.RecordedAt.UnixMicroseconds).Run();
        }

        WriteRuns(account, change);
        _writeAccount.Bind(1, account).Bind(2, change.StandsAt.Value).Bind(3, openLots).Run();
    }

    /// <summary>Adds to the sums of one payer over all accounts.</summary>
    public void Write(PayerTotalChange change)
    {
        Int128 points = change.Points;
        Int128 outstanding = change.Outstanding;
        if (_readTotal.Bind(1, change.Payer.Value).Step())
        {
            points += Int128.Parse(_readTotal.Text(0), CultureInfo.InvariantCulture);
            outstanding += Int128.Parse(_readTotal.Text(1), CultureInfo.InvariantCulture);
            _readTotal.Reset();
        }

        _writeTotal
            .Bind(1, change.Payer.Value)
            .Bind(2, points.ToString(CultureInfo.InvariantCulture))
            .Bind(3, outstanding.ToString(CultureInfo.InvariantCulture))
            .Run();
    }

    public void Dispose()
    {
        foreach (Statement statement in _statements)
        {
            statement.Dispose();
        }
    }

    /// <summary>Changes one lot.</summary>
    /// <param name="account">Whose lot.</param>
    /// <param name="lot">The change.</param>
    /// <param name="isNew">Whether its credit is part of the change, so that it has no row yet.</param>
    /// <returns>By how much the number of open lots changes.</returns>
    private int Write(string account, LotChange lot, bool isNew)
    {
        long time = lot.Key.OccurredAt.UnixMicroseconds;
        long sequence = lot.Key.Sequence.Value;
        if (lot.Points.IsZero)
        {
            return 0;
        }

        if (lot.Points.IsPositive)
        {
            Statement add = isNew ? _openLot : _addToLot;
            add.Bind(1, account).Bind(2, time).Bind(3, sequence).Bind(4, lot.Payer.Value).Bind(5, lot.Points.Value)
                .Bind(6, lot.ExpiresAt?.UnixMicroseconds);
            if (!isNew)
            {
                return ReadRemaining(add, lot) == lot.Points.Value ? 1 : 0;
            }

            add.Run();
            return 1;
        }

        // Most lots that are touched at all are emptied, because a round takes in many spends of an account, so that is tried first.
        long taken = -lot.Points.Value;
        if (_deleteLot.Bind(1, account).Bind(2, time).Bind(3, sequence).Bind(4, taken).RunAndCount() == 1)
        {
            return -1;
        }

        return _takeFromLot.Bind(1, account).Bind(2, time).Bind(3, sequence).Bind(4, taken).RunAndCount() == 1
            ? 0
            : throw new ProjectionDamagedException($"Lot {lot.Key.Sequence} of {account} holds less than {taken} points; delete the projection to rebuild it.");
    }

    private static long ReadRemaining(Statement statement, LotChange lot)
    {
        if (!statement.Step())
        {
            throw new ProjectionDamagedException($"Lot {lot.Key.Sequence} is not in the projection; delete the projection to rebuild it.");
        }

        long remaining = statement.Int64(0);
        // Stepping past the one row ends the statement, so that it can be bound again.
        statement.Step();
        return remaining;
    }

    private void Write(string account, PayerChange payer)
    {
        if (payer.FirstSequence is not { } firstSequence)
        {
            _deletePayer.Bind(1, account).Bind(2, payer.Payer.Value).Run();
            return;
        }

        Statement write = payer.ReplacesRow ? _writePayer : _addToPayer;
        write.Bind(1, account).Bind(2, payer.Payer.Value).Bind(3, payer.Points.Value).Bind(4, payer.Outstanding.Value)
            .Bind(5, firstSequence.Value).Run();
    }

    private void WriteRuns(string account, AccountChange change)
    {
        foreach (EntryRun run in change.Runs)
        {
            _writeRun.Bind(1, account).Bind(2, run.First.Value).Bind(3, run.Last.Value).Run();
        }

        if (change.ArchivedThrough is { } through)
        {
            _archiveRuns.Bind(1, account).Bind(2, through.Value).Run();
            _deleteRuns.Bind(1, account).Bind(2, through.Value).Run();
        }
    }

    private Statement Prepare(SqliteConnection connection, string sql)
    {
        Statement statement = new(connection, sql);
        _statements.Add(statement);
        return statement;
    }
}
