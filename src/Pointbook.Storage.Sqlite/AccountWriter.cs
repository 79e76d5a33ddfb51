using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Writes changes of accounts into the projection, inside a transaction of the caller. Not thread-safe.</summary>
internal sealed class AccountWriter
{
    private readonly Statement _readAccount;
    private readonly Statement _openAccount;
    private readonly Statement _changeAccount;
    private readonly Statement _openLot;
    private readonly Statement _addToLot;
    private readonly Statement _takeFromLot;
    private readonly Statement _deleteLot;
    private readonly Statement _writePayer;
    private readonly Statement _addToPayer;
    private readonly Statement _deletePayer;
    private readonly Statement _writeKey;
    private readonly Statement _writeOperation;
    private readonly Statement _writeEnd;
    private readonly HoldWriter _holds;

    public AccountWriter(StatementSet statements)
    {
        _readAccount = statements.Prepare("SELECT stands_at, flushed_through, flushed_through_before, open_lots, held FROM account WHERE account = ?1");
        _openAccount = statements.Prepare(
            """
            INSERT INTO account (account, stands_at, flushed_through, flushed_through_before, open_lots, held)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            """);
        _changeAccount = statements.Prepare(
            """
            UPDATE account SET stands_at = ?2, flushed_through = ?3, flushed_through_before = ?4, open_lots = ?5, held = ?6
            WHERE account = ?1
            """);
        _openLot = statements.Prepare(
            "INSERT INTO open_lot (account, occurred_at, sequence, payer, remaining, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _addToLot = statements.Prepare(
            """
            INSERT INTO open_lot (account, occurred_at, sequence, payer, remaining, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
            ON CONFLICT (account, occurred_at, sequence) DO UPDATE SET remaining = remaining + excluded.remaining
            RETURNING remaining
            """);
        _deleteLot = statements.Prepare("DELETE FROM open_lot WHERE account = ?1 AND occurred_at = ?2 AND sequence = ?3 AND remaining = ?4");
        _takeFromLot = statements.Prepare(
            "UPDATE open_lot SET remaining = remaining - ?4 WHERE account = ?1 AND occurred_at = ?2 AND sequence = ?3 AND remaining > ?4");
        _writePayer = statements.Prepare(
            "INSERT OR REPLACE INTO payer_balance (account, payer, points, outstanding, first_sequence) VALUES (?1, ?2, ?3, ?4, ?5)");
        _addToPayer = statements.Prepare(
            """
            INSERT INTO payer_balance (account, payer, points, outstanding, first_sequence) VALUES (?1, ?2, ?3, ?4, ?5)
            ON CONFLICT (account, payer) DO UPDATE SET points = points + excluded.points, outstanding = outstanding + excluded.outstanding
            """);
        _deletePayer = statements.Prepare("DELETE FROM payer_balance WHERE account = ?1 AND payer = ?2");
        _writeKey = statements.Prepare(
            "INSERT OR REPLACE INTO idempotency_key (account, key, hash, operation, decided_at) VALUES (?1, ?2, ?3, ?4, ?5)");
        _writeOperation = statements.Prepare(
            """
            INSERT INTO operation (account, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """);
        _writeEnd = statements.Prepare("INSERT OR REPLACE INTO operation_end (account, subject, kind, sequence) VALUES (?1, ?2, ?3, ?4)");
        _holds = new HoldWriter(statements);
    }

    /// <summary>Writes what the rows of an account do not contain yet.</summary>
    /// <exception cref="InvalidRowException">The rows are not what the entries before have left.</exception>
    public void Write(AccountEntries entries)
    {
        string account = entries.Account.Value;
        AccountRow row = default;
        Int128 openLots = 0;
        long held = 0;
        bool isOpen = _readAccount.Bind(1, account).Step();
        if (isOpen)
        {
            (row, openLots, held) = (_readAccount.AccountRowAt(0), _readAccount.Int64(3), _readAccount.Int64(4));
            _readAccount.Reset();
        }

        if (entries.ChangeSince(row) is not { } change)
        {
            return;
        }

        foreach (LotChange lot in change.Lots)
        {
            openLots += Write(account, lot, isNew: lot.Key.Sequence > row.StandsAt);
        }

        foreach (PayerChange payer in change.Payers)
        {
            Write(account, payer);
        }

        if (openLots < 0 || openLots > long.MaxValue)
        {
            throw new InvalidRowException($"it has {openLots} lots");
        }

        held = _holds.Write(account, change.Holds, held);
        WriteHistory(account, change);
        Statement write = isOpen ? _changeAccount : _openAccount;
        write.Bind(1, account).Bind(2, change.StandsAt.Value).Bind(3, change.FlushedThrough.Value)
            .Bind(4, change.FlushedThroughBefore.Value).Bind(5, (long)openLots).Bind(6, held).Run();
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
            : throw new InvalidRowException($"lot {lot.Key.Sequence} holds less than {taken} points");
    }

    private static long ReadRemaining(Statement statement, LotChange lot)
    {
        if (!statement.Step())
        {
            throw new InvalidRowException($"lot {lot.Key.Sequence} is missing");
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

    private void WriteHistory(string account, AccountChange change)
    {
        foreach (KeyChange key in change.Keys)
        {
            _writeKey.Bind(1, account).Bind(2, key.Key.Value).Bind(3, key.Record.Hash)
                .Bind(4, key.Record.Operation.Value).Bind(5, key.Record.DecidedAt.UnixMicroseconds).Run();
        }

        Span<byte> check = stackalloc byte[OperationCheck.Length];
        foreach (OperationRow operation in change.Operations)
        {
            operation.Check.CopyTo(check);
            _writeOperation.Bind(1, account).Bind(2, operation.First.Value).Bind(3, operation.Last.Value)
                .Bind(4, EntryKindNames.ToText(operation.Kind)).Bind(5, operation.RecordedAt.UnixMicroseconds)
                .Bind(6, operation.Points.Value).Bind(7, operation.Payers.Bytes).Bind(8, check).BindOptional(9, operation.Pieces is { } pieces ? pieces.Bytes : [])
                .Bind(10, operation.Time.DecidedAt == operation.RecordedAt ? null : operation.Time.DecidedAt.UnixMicroseconds).Run();
        }

        foreach ((Sequence subject, SubjectEnd end) in change.Ends)
        {
            _writeEnd.Bind(1, account).Bind(2, subject.Value).Bind(3, EntryKindNames.ToText(end.Kind))
                .Bind(4, end.Operation.Value).Run();
        }
    }
}
