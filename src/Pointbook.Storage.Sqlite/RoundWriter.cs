using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;
using SQLitePCL;

namespace Pointbook.Storage.Sqlite;

/// <summary>Writes rounds to the account store over a separate connection. Not thread-safe.</summary>
internal sealed class RoundWriter : IDisposable
{
    internal const string OldKeysSql =
        """
        SELECT oldest_key, account FROM account
        WHERE oldest_key >= ?1 AND (oldest_key, account) > (?1, ?2) AND oldest_key < ?3
        ORDER BY oldest_key, account LIMIT ?4
        """;

    internal const string PositionSql = "SELECT last_sequence, seal, target_sequence, target_seal FROM account_store_position";

    private const int OldKeysPerPage = 512;

    private readonly SqliteConnection _connection;
    private readonly StatementSet _statements;
    private readonly AccountWriter _accounts;
    private readonly Statement _position;
    private readonly Statement _begin;
    private readonly Statement _move;
    private readonly Statement _oldKeys;
    private readonly Statement _markDamaged;
    private readonly Statement _finishErasure;
    private readonly HashSet<AccountId> _damaged = [];
    private readonly Action<AccountEntries> _write;
    private readonly Action<AccountEntries> _writeAgain;
    private readonly int _transactionBytesMax;
    private readonly LeftoverPurge _leftovers;

    public RoundWriter(string path, SqliteStoreOptions options, ILogger logger)
    {
        _transactionBytesMax = options.TransactionBytesMax;
        _leftovers = new LeftoverPurge(path, options, logger);
        _connection = Database.OpenWriter(path, WriterProfile.AccountStore, options.BusyTimeout);
        _statements = new StatementSet(_connection);
        try
        {
            _accounts = new AccountWriter(_statements);
            (_write, _writeAgain) = (_accounts.Write, _accounts.WriteAgain);
            _position = _statements.Prepare(PositionSql);
            _begin = _statements.Prepare(
                """
                UPDATE account_store_position SET target_sequence = ?2, target_seal = ?3
                WHERE last_sequence = ?1 AND target_sequence <= ?2
                """);
            _move = _statements.Prepare("UPDATE account_store_position SET last_sequence = ?2, seal = ?3 WHERE last_sequence = ?1");
            _oldKeys = _statements.Prepare(OldKeysSql);
            _finishErasure = _statements.Prepare("DELETE FROM erasure WHERE sequence = ?1 AND opening = ?2");
            _markDamaged = _statements.Prepare("INSERT OR IGNORE INTO damaged_account (account, damage) VALUES (?1, ?2)");
            Statement damaged = _statements.Prepare("SELECT account FROM damaged_account");
            while (damaged.Step())
            {
                _damaged.Add(damaged.AccountAt(0));
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private AccountStorePosition ReadPosition() => ReadPosition(_position);

    /// <summary>Runs a statement of <see cref="PositionSql"/>. The result does not say whether accounts are damaged.</summary>
    /// <exception cref="AccountStoreDamagedException">There is no position.</exception>
    internal static AccountStorePosition ReadPosition(Statement statement)
    {
        if (!statement.Step())
        {
            throw TablePosition.Missing();
        }

        AccountStorePosition position = new(
            new Sequence(statement.Int64(0)), statement.DigestAt(1), new Sequence(statement.Int64(2)), statement.DigestAt(3));
        statement.Reset();
        return position;
    }

    /// <summary>Writes a round to the tables, in several transactions.</summary>
    /// <returns>False if the round does not begin at the stored position.</returns>
    public bool TryApply(SnapshotRound round, CancellationToken cancellationToken)
    {
        if (round.HasErasures)
        {
            _leftovers.NoteDeletion();
        }

        if (!TryBegin(round))
        {
            return false;
        }

        _accounts.BeginRound();
        try
        {
            for (int next = 0; next < round.Accounts.Count;)
            {
                next = WriteAccounts(round, next, cancellationToken);
            }
        }
        finally
        {
            _accounts.Release();
        }

        return _move.Bind(1, round.After.Value).Bind(2, round.End.Last.Value).Bind(3, round.End.Seal).RunAndCount() == 1;
    }

    /// <summary>Marks an account whose rows are damaged, so that no reader relies on them any more.</summary>
    public void MarkDamaged(AccountDamagedException damage)
    {
        Mark(damage);
        _damaged.Add(damage.Account);
    }

    /// <summary>Deletes rows with invalid account keys.</summary>
    /// <returns>How many account rows were deleted. Another caller may have deleted some.</returns>
    public int DeleteRows(IReadOnlyList<string> texts)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        int deleted = texts.Sum(_accounts.DeleteRows);
        transaction.Commit();
        return deleted;
    }

    /// <summary>Rewrites all rows of an account, and removes its mark.</summary>
    /// <returns>False if the position differs, or if a round was interrupted.</returns>
    /// <exception cref="AccountDamagedException">The account's directory bucket is damaged.</exception>
    public bool TryRepair(AccountEntries entries, Sequence through)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        if (!IsBetweenRoundsAt(through))
        {
            return false;
        }

        _leftovers.NoteDeletion();
        _accounts.Begin();
        AccountDamagedException? damage = FindDamage(entries.Account, entries, _writeAgain);
        _accounts.Release();
        if (damage is not null)
        {
            throw damage;
        }

        _accounts.End();
        transaction.Commit();
        _damaged.Remove(entries.Account);
        return true;
    }

    /// <summary>Rewrites the directory, and the list of erasures if requested.</summary>
    /// <returns>False if the position differs, or if a round was interrupted.</returns>
    public bool TryRewriteLists(AccountLists lists, bool withErasures, Sequence through)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        if (!IsBetweenRoundsAt(through))
        {
            return false;
        }

        _accounts.RewriteLists(lists, withErasures);
        transaction.Commit();
        return true;
    }

    /// <summary>Removes copies of deleted rows from the file and its write-ahead log, and removes erasures from the list.</summary>
    /// <returns>False if other connections read during every attempt, so that the caller must try again.</returns>
    public bool TryFinishErasures(IReadOnlyList<AccountErasure> erasures)
    {
        if (!_leftovers.TryRun(_connection))
        {
            return false;
        }

        using SqliteTransaction transaction = _connection.BeginTransaction();
        foreach (AccountErasure erasure in erasures)
        {
            _finishErasure.Bind(1, erasure.Sequence.Value).Bind(2, erasure.Opening.Value).Run();
        }

        transaction.Commit();
        return true;
    }

    /// <summary>Deletes keys of commands decided before an instant. Accounts with the oldest keys come first; damaged accounts are skipped.</summary>
    /// <returns>The number of deleted keys.</returns>
    public int ForgetKeys(Instant decidedBefore, int countMax)
    {
        int forgotten = 0;
        (long OldestKey, string Account) last = (long.MinValue, string.Empty);
        while (forgotten < countMax && ListOldKeys(decidedBefore, ref last) is { Count: > 0 } accounts)
        {
            using SqliteTransaction transaction = _connection.BeginTransaction();
            foreach (string text in accounts.TakeWhile(_ => forgotten < countMax))
            {
                if (AccountId.TryCreate(text, out AccountId? account, out _) && !_damaged.Contains(account))
                {
                    _ = FindDamage(account, account, known => forgotten += _accounts.ForgetKeys(known, decidedBefore, countMax - forgotten));
                }
            }

            transaction.Commit();
        }

        _accounts.Release();
        return forgotten;
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    /// <summary>
    /// Writes what the account rows do not contain yet, in one transaction of bounded size: SQLite cannot reuse the write-ahead log during a transaction.
    /// Marks and skips an account whose rows are damaged.
    /// </summary>
    /// <returns>The index of the next account of the round.</returns>
    private int WriteAccounts(SnapshotRound round, int next, CancellationToken cancellationToken)
    {
        List<AccountDamagedException> damages = [];
        List<AccountId> repaired = [];
        using SqliteTransaction transaction = _connection.BeginTransaction();
        _accounts.Begin();
        for (; next < round.Accounts.Count && _accounts.BytesWritten < _transactionBytesMax; next++)
        {
            // A repeated round may write nothing for a long time, so checking only between transactions is not enough.
            cancellationToken.ThrowIfCancellationRequested();
            AccountEntries account = round.Accounts[next];
            bool isMarked = _damaged.Contains(account.Account);
            if (isMarked && account.Erasures.Count > 0)
            {
                // This round's rows replace all existing ones, whatever is wrong with those.
                if (FindDamage(account.Account, account, _writeAgain) is { } again)
                {
                    Mark(again);
                }
                else
                {
                    repaired.Add(account.Account);
                }
            }
            else if (!isMarked && FindDamage(account.Account, account, _write) is { } damage)
            {
                // Rows of this account that are already written do no harm: no reader relies on them again.
                Mark(damage);
                damages.Add(damage);
            }
        }

        _accounts.End();
        transaction.Commit();
        if (_accounts.DirectoryDamage is { } fault)
        {
            round.ReportDirectoryDamage(fault);
        }

        _damaged.ExceptWith(repaired);
        foreach (AccountDamagedException damage in damages)
        {
            _damaged.Add(damage.Account);
            round.ReportDamage(damage);
        }

        return next;
    }

    private bool IsBetweenRoundsAt(Sequence through)
    {
        AccountStorePosition position = ReadPosition();
        return position.Last == through && position.TargetLast == through;
    }

    private void Mark(AccountDamagedException damage) => _markDamaged.Bind(1, damage.Account.Value).Bind(2, damage.Damage).Run();

    /// <summary>Lists some accounts with old keys. Each is listed once, whatever the result for it.</summary>
    private List<string> ListOldKeys(Instant decidedBefore, ref (long OldestKey, string Account) last)
    {
        List<string> accounts = [];
        _oldKeys.Bind(1, last.OldestKey).Bind(2, last.Account).Bind(3, decidedBefore.UnixMicroseconds).Bind(4, OldKeysPerPage);
        while (_oldKeys.Step())
        {
            last = (_oldKeys.Int64(0), _oldKeys.OptionalText(1) ?? string.Empty);
            accounts.Add(last.Account);
        }

        return accounts;
    }

    /// <summary>Changes rows of an account and detects whether they are damaged.</summary>
    /// <returns>Why the rows cannot be changed, or null.</returns>
    private AccountDamagedException? FindDamage<T>(AccountId account, T argument, Action<T> change)
    {
        try
        {
            change(argument);
            return null;
        }
        catch (AccountDamagedException damage)
        {
            return damage;
        }
        catch (InvalidRowException fault)
        {
            _statements.Abandon();
            return AccountDamagedException.Of(account, fault);
        }
        catch (SqliteException failure) when (IsOfRows(failure))
        {
            // A row exists that must not exist, or a sum no longer fits its column.
            return new AccountDamagedException(account, failure.Message.TrimEnd('.'), failure);
        }
    }

    /// <summary>Whether a row exists that must not exist, or a number no longer fits its column. A trigger is not a constraint of the tables.</summary>
    private static bool IsOfRows(SqliteException failure) =>
        failure is { SqliteErrorCode: raw.SQLITE_CONSTRAINT, SqliteExtendedErrorCode: not raw.SQLITE_CONSTRAINT_TRIGGER } or { SqliteErrorCode: raw.SQLITE_MISMATCH };

    /// <summary>Stores how far the rows may be ahead of the position, so that the server can later recognize an interrupted round.</summary>
    private bool TryBegin(SnapshotRound round) =>
        _begin.Bind(1, round.After.Value).Bind(2, round.End.Last.Value).Bind(3, round.End.Seal).RunAndCount() == 1 || IsTargetAhead(round);

    /// <summary>Whether an earlier, longer round from the same position was interrupted. Its target stays.</summary>
    private bool IsTargetAhead(SnapshotRound round)
    {
        AccountStorePosition position = ReadPosition();
        return position.Last == round.After && position.TargetLast > round.End.Last;
    }
}
