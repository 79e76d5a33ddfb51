using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Writes changes of accounts to the account store, inside transactions of the caller. Not thread-safe.</summary>
internal sealed class AccountWriter
{
    // Two columns of eight bytes. SQLite's overhead is similar for each row and is not counted.
    private const int OperationRowBytes = 16;

    private static readonly string[] Tables = ["account", "account_chunk", "damaged_account"];

    private readonly AccountBuffers _buffers = new();
    private readonly SnapshotRows _rows;
    private readonly DirectoryWriter _directory;
    private readonly Statement _openAccount;
    private readonly Statement _changeAccount;
    private readonly Statement _writeChunk;
    private readonly Statement _deleteChunk;
    private readonly Statement _writeOperation;
    private readonly Statement _deleteOperations;
    private readonly Statement _writeErasure;
    private readonly Statement _deleteErasures;
    private readonly Statement[] _deleteAll;

    public AccountWriter(StatementSet statements)
    {
        _rows = new SnapshotRows(statements.Prepare, _buffers);
        _directory = new DirectoryWriter(statements, _rows);
        _openAccount = statements.Prepare("INSERT INTO account (account, stands_at, next_due, oldest_key, snapshot) VALUES (?1, ?2, ?3, ?4, ?5)");
        _changeAccount = statements.Prepare("UPDATE account SET stands_at = ?2, next_due = ?3, oldest_key = ?4, snapshot = ?5 WHERE account = ?1");
        _writeChunk = statements.Prepare("INSERT OR REPLACE INTO account_chunk (account, chunk, body) VALUES (?1, ?2, ?3)");
        _deleteChunk = statements.Prepare("DELETE FROM account_chunk WHERE account = ?1 AND chunk = ?2");
        _writeOperation = statements.Prepare("INSERT INTO operation (opening, first_sequence) VALUES (?1, ?2)");
        _deleteOperations = statements.Prepare("DELETE FROM operation WHERE opening = ?1");
        _writeErasure = statements.Prepare("INSERT OR IGNORE INTO erasure (sequence, opening) VALUES (?1, ?2)");
        _deleteErasures = statements.Prepare("DELETE FROM erasure");
        _deleteAll = [.. Tables.Select(table => statements.Prepare($"DELETE FROM {table} WHERE account = ?1"))];
    }

    /// <summary>The approximate size in bytes of the account rows written since <see cref="Begin"/>. Directory buckets do not count.</summary>
    public long BytesWritten { get; private set; }

    /// <summary>Rewrites all rows of an account, whatever they contain now.</summary>
    /// <exception cref="InvalidRowException">The account's directory bucket is damaged.</exception>
    public void WriteAgain(AccountEntries entries)
    {
        DeleteRows(entries.Account.Value);
        WriteErasures(entries);
        if (entries.Entries.Count == 0 || entries.ChangeSince(default, _buffers) is not { } change)
        {
            if (entries.Erasures.Count == 0)
            {
                _directory.ThrowIfListed(entries.Account);
            }

            _directory.Remove(entries.Account);
            return;
        }

        _deleteOperations.Bind(1, change.Opening.Value).Run();
        _directory.AddAgain(entries.Account);
        Write(StoredAccount.Empty(entries.Account, _buffers).Apply(change));
        WriteOperations(change);
    }

    /// <summary>The damage that kept the directory from growing in this round, without a full stop; null if there was none.</summary>
    public string? DirectoryDamage => _directory.Damage;

    /// <summary>Begins a round.</summary>
    public void BeginRound() => _directory.BeginRound();

    /// <summary>Rewrites the directory, and the list of erasures if requested, whatever they contain now.</summary>
    public void RewriteLists(AccountLists lists, bool withErasures)
    {
        _directory.Rewrite(lists);
        if (!withErasures)
        {
            return;
        }

        _deleteErasures.Run();
        foreach (AccountErasure erasure in lists.Erasures)
        {
            WriteErasure(erasure);
        }
    }

    /// <summary>Deletes all rows with an account key, which may be invalid, except those of the directory and the index of operations.</summary>
    /// <returns>How many rows of accounts were deleted.</returns>
    public int DeleteRows(string account)
    {
        int deleted = _deleteAll[0].Bind(1, account).RunAndCount();
        foreach (Statement delete in _deleteAll[1..])
        {
            delete.Bind(1, account).Run();
        }

        return deleted;
    }

    /// <summary>Begins a transaction.</summary>
    public void Begin()
    {
        _directory.Begin();
        BytesWritten = 0;
    }

    /// <summary>Frees the memory of the last account. The caller must call this after its last transaction.</summary>
    public void Release() => _buffers.Release();

    /// <summary>Writes what all accounts of the transaction share. The caller must call this before the transaction ends.</summary>
    public void End() => _directory.Write();

    /// <summary>Writes what the snapshot of an account does not contain yet.</summary>
    /// <exception cref="InvalidRowException">The snapshot does not match the preceding entries.</exception>
    public void Write(AccountEntries entries)
    {
        StoredAccount stored = FindOrErase(entries);
        if (entries.ChangeSince(stored.Row, _buffers) is not { } change)
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
        WriteOperations(change);
    }

    /// <summary>Forgets idempotency keys of an account whose commands were decided before an instant.</summary>
    /// <returns>The number of forgotten keys.</returns>
    /// <exception cref="InvalidRowException">The snapshot is damaged.</exception>
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

    /// <summary>Reads the row of an account. If the account has since been erased, deletes its rows, including damaged ones.</summary>
    private StoredAccount FindOrErase(AccountEntries entries)
    {
        StoredAccount? found = entries.Erasures.Count == 0 ? _rows.FindRow(entries.Account) : FindReadable(entries.Account);
        if (!entries.IsErasedSince(found?.Row ?? default))
        {
            return found ?? StoredAccount.Empty(entries.Account, _buffers);
        }

        // The directory comes last because its bucket may be damaged. In that case the account is marked, and its texts are still erased.
        WriteErasures(entries);
        DeleteRows(entries.Account.Value);
        _directory.Remove(entries.Account);
        return StoredAccount.Empty(entries.Account, _buffers);
    }

    private StoredAccount? FindReadable(AccountId account)
    {
        try
        {
            return _rows.FindRow(account);
        }
        catch (InvalidRowException)
        {
            _rows.Abandon();
            return null;
        }
    }


    /// <summary>Adds erasures to the list, and deletes the operations of their accounts from the index.</summary>
    private void WriteErasures(AccountEntries entries)
    {
        foreach (AccountErasure erasure in entries.Erasures)
        {
            _deleteOperations.Bind(1, erasure.Opening.Value).Run();
            WriteErasure(erasure);
        }
    }

    private void WriteErasure(AccountErasure erasure) => _writeErasure.Bind(1, erasure.Sequence.Value).Bind(2, erasure.Opening.Value).Run();

    private void Write(AccountUpdate update)
    {
        string account = update.Account.Value;
        (update.IsNew ? _openAccount : _changeAccount).Bind(1, account).Bind(2, update.Row.StandsAt.Value)
            .Bind(3, update.Row.NextDue).Bind(4, update.Row.OldestKey).Bind(5, update.Row.Snapshot.Span).Run();
        BytesWritten += account.Length + update.Row.Snapshot.Length;
        foreach (StoredChunk chunk in update.Written)
        {
            BytesWritten += account.Length + chunk.Bytes.Length;
            _writeChunk.Bind(1, account).Bind(2, chunk.Number).Bind(3, chunk.Bytes.Span).Run();
        }

        foreach (long chunk in update.Deleted)
        {
            _deleteChunk.Bind(1, account).Bind(2, chunk).Run();
        }
    }

    private void WriteOperations(AccountChange change)
    {
        foreach (Sequence operation in change.Operations)
        {
            _writeOperation.Bind(1, change.Opening.Value).Bind(2, operation.Value).Run();
            BytesWritten += OperationRowBytes;
        }
    }
}
