using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Writes changes of accounts into the account store and the read model, within transactions of the caller. Not thread-safe.</summary>
internal sealed class AccountWriter
{
    private static readonly string[] Tables = ["account", "account_chunk", "operation", "damaged_account"];

    private readonly SnapshotRows _rows;
    private readonly DirectoryWriter _directory;
    private readonly Statement _openAccount;
    private readonly Statement _changeAccount;
    private readonly Statement _writeChunk;
    private readonly Statement _deleteChunk;
    private readonly Statement _writeOperation;
    private readonly Statement[] _deleteAll;

    public AccountWriter(StatementSet statements)
    {
        _rows = new SnapshotRows(statements.Prepare);
        _directory = new DirectoryWriter(statements, _rows);
        _openAccount = statements.Prepare("INSERT INTO account (account, stands_at, next_due, oldest_key, snapshot) VALUES (?1, ?2, ?3, ?4, ?5)");
        _changeAccount = statements.Prepare("UPDATE account SET stands_at = ?2, next_due = ?3, oldest_key = ?4, snapshot = ?5 WHERE account = ?1");
        _writeChunk = statements.Prepare("INSERT OR REPLACE INTO account_chunk (account, chunk, body) VALUES (?1, ?2, ?3)");
        _deleteChunk = statements.Prepare("DELETE FROM account_chunk WHERE account = ?1 AND chunk = ?2");
        _writeOperation = statements.Prepare(
            """
            INSERT INTO operation (account, first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, pieces, decided_at)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
            """);
        _deleteAll = [.. Tables.Select(table => statements.Prepare($"DELETE FROM {table} WHERE account = ?1"))];
    }

    /// <summary>Writes all rows of an account again, whatever they are now.</summary>
    /// <exception cref="Pointbook.Engine.InvalidRowException">The account's bucket of the directory is damaged.</exception>
    public void WriteAgain(AccountEntries entries)
    {
        foreach (Statement delete in _deleteAll)
        {
            delete.Bind(1, entries.Account.Value).Run();
        }

        if (entries.Entries.Count == 0)
        {
            _directory.ThrowIfKnown(entries.Account);
            return;
        }

        AccountChange change = entries.ChangeSince(default)!;
        _directory.AddAgain(entries.Account);
        Write(StoredAccount.Empty(entries.Account).Apply(change));
        WriteOperations(entries.Account.Value, change);
    }

    /// <summary>Begins a transaction.</summary>
    public void Begin() => _directory.Begin();

    /// <summary>Writes what belongs to all accounts of the transaction, before it ends.</summary>
    public void End() => _directory.Write();

    /// <summary>Writes what the snapshot of an account does not contain yet.</summary>
    /// <exception cref="Pointbook.Engine.InvalidRowException">The snapshot is not what the entries before have left.</exception>
    public void Write(AccountEntries entries)
    {
        StoredAccount stored = _rows.FindRow(entries.Account) ?? StoredAccount.Empty(entries.Account);
        if (entries.ChangeSince(stored.Row) is not { } change)
        {
            return;
        }

        _rows.Provide(stored, stored.ChunksFor(change));
        AccountUpdate update = stored.Apply(change);
        if (update.IsNew)
        {
            _directory.Add(entries.Account);
        }

        Write(update);
        WriteOperations(entries.Account.Value, change);
    }

    /// <summary>Forgets idempotency keys of an account that were used before an instant.</summary>
    /// <returns>How many.</returns>
    /// <exception cref="Pointbook.Engine.InvalidRowException">The snapshot is damaged.</exception>
    public int ForgetKeys(AccountId account, Instant decidedBefore, int countMax)
    {
        if (_rows.FindRow(account) is not { } stored)
        {
            return 0;
        }

        _rows.Provide(stored, stored.ChunksForOldKeys(decidedBefore, countMax));
        AccountUpdate update = stored.ForgetKeys(decidedBefore, countMax, out int forgotten);
        if (forgotten > 0)
        {
            Write(update);
        }

        return forgotten;
    }

    private void Write(AccountUpdate update)
    {
        string account = update.Account.Value;
        (update.IsNew ? _openAccount : _changeAccount).Bind(1, account).Bind(2, update.Row.StandsAt.Value)
            .Bind(3, update.Row.NextDue).Bind(4, update.Row.OldestKey).Bind(5, update.Row.Snapshot.Span).Run();
        foreach (StoredChunk chunk in update.Written)
        {
            _writeChunk.Bind(1, account).Bind(2, chunk.Number).Bind(3, chunk.Bytes.Span).Run();
        }

        foreach (long chunk in update.Deleted)
        {
            _deleteChunk.Bind(1, account).Bind(2, chunk).Run();
        }
    }

    private void WriteOperations(string account, AccountChange change)
    {
        Span<byte> check = stackalloc byte[OperationCheck.Length];
        foreach (OperationRow operation in change.Operations)
        {
            operation.Check.CopyTo(check);
            _writeOperation.Bind(1, account).Bind(2, operation.First.Value).Bind(3, operation.Last.Value)
                .Bind(4, EntryKindNames.ToText(operation.Kind)).Bind(5, operation.RecordedAt.UnixMicroseconds)
                .Bind(6, operation.Points.Value).Bind(7, operation.Payers.Bytes).Bind(8, check).BindOptional(9, operation.Pieces is { } pieces ? pieces.Bytes : [])
                .Bind(10, operation.Time.DecidedAt == operation.RecordedAt ? null : operation.Time.DecidedAt.UnixMicroseconds).Run();
        }
    }
}
