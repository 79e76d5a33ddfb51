using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;
using SQLitePCL;

namespace Pointbook.Storage.Sqlite;

/// <summary>Brings rounds into the projection over a connection of its own. Not thread-safe.</summary>
internal sealed class ProjectionWriter : IDisposable
{
    internal const string OldKeysSql =
        """
        SELECT oldest_key, account FROM account
        WHERE oldest_key >= ?1 AND (oldest_key, account) > (?1, ?2) AND oldest_key < ?3
        ORDER BY oldest_key, account LIMIT ?4
        """;

    // Small transactions keep the write-ahead log small: it cannot be reused while a transaction goes on.
    private const int AccountsPerTransaction = 512;

    private readonly SqliteConnection _connection;
    private readonly StatementSet _statements;
    private readonly AccountWriter _accounts;
    private readonly PayerSumWriter _sums;
    private readonly Statement _position;
    private readonly Statement _begin;
    private readonly Statement _move;
    private readonly Statement _oldKeys;
    private readonly Statement _markDamaged;
    private readonly HashSet<AccountId> _damaged = [];

    public ProjectionWriter(string path, TimeSpan busyTimeout)
    {
        _connection = Database.OpenWriter(path, WriterProfile.Projection, busyTimeout);
        _statements = new StatementSet(_connection);
        try
        {
            _accounts = new AccountWriter(_statements);
            _sums = new PayerSumWriter(_statements);
            _position = _statements.Prepare("SELECT last_sequence, seal, target_sequence, target_seal FROM projection_position");
            _begin = _statements.Prepare(
                """
                UPDATE projection_position SET target_sequence = ?2, target_seal = ?3
                WHERE last_sequence = ?1 AND target_sequence <= ?2
                """);
            _move = _statements.Prepare("UPDATE projection_position SET last_sequence = ?2, seal = ?3 WHERE last_sequence = ?1");
            _oldKeys = _statements.Prepare(OldKeysSql);
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

    public ProjectionPosition ReadPosition()
    {
        if (!_position.Step())
        {
            return ProjectionPosition.Start with { HasDamagedAccounts = _damaged.Count > 0 };
        }

        ProjectionPosition position = new(
            new Sequence(_position.Int64(0)), _position.DigestAt(1), new Sequence(_position.Int64(2)), _position.DigestAt(3))
        {
            HasDamagedAccounts = _damaged.Count > 0,
        };
        _position.Reset();
        return position;
    }

    /// <summary>Takes a round into the tables, in several transactions.</summary>
    /// <returns>False if the position is not where the round begins.</returns>
    public bool TryApply(ProjectionRound round, CancellationToken cancellationToken)
    {
        if (!TryBegin(round))
        {
            return false;
        }

        foreach (AccountEntries[] accounts in round.Accounts.Chunk(AccountsPerTransaction))
        {
            cancellationToken.ThrowIfCancellationRequested();
            WriteAccounts(accounts, round);
        }

        using SqliteTransaction last = _connection.BeginTransaction();
        if (_move.Bind(1, round.After.Value).Bind(2, round.End.Last.Value).Bind(3, round.End.Seal).RunAndCount() == 0)
        {
            return false;
        }

        _sums.Write(round.Sums);
        last.Commit();
        return true;
    }

    /// <summary>Marks an account whose rows are damaged, so that nothing relies on them any more.</summary>
    public void MarkDamaged(AccountDamagedException damage)
    {
        Mark(damage);
        _damaged.Add(damage.Account);
    }

    /// <summary>Writes all rows of an account again, and removes its mark.</summary>
    /// <returns>False if the position is another one, or if a round was cut short.</returns>
    /// <exception cref="AccountDamagedException">The account's bucket of the directory is damaged.</exception>
    public bool TryRepair(AccountEntries entries, Sequence through)
    {
        using SqliteTransaction transaction = _connection.BeginTransaction();
        ProjectionPosition position = ReadPosition();
        if (position.Last != through || position.TargetLast != through)
        {
            return false;
        }

        _accounts.Begin();
        if (FindDamage(entries.Account, () => _accounts.WriteAgain(entries)) is { } damage)
        {
            throw damage;
        }

        _accounts.End();
        transaction.Commit();
        _damaged.Remove(entries.Account);
        return true;
    }

    /// <summary>Deletes keys that were used before an instant, of the accounts with the oldest keys first. Damaged accounts are passed over.</summary>
    /// <returns>How many.</returns>
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
                    _ = FindDamage(account, () => forgotten += _accounts.ForgetKeys(account, decidedBefore, countMax - forgotten));
                }
            }

            transaction.Commit();
        }

        return forgotten;
    }

    public void Dispose()
    {
        _statements.Dispose();
        _connection.Dispose();
    }

    /// <summary>Writes what the rows of some accounts do not contain yet, in one transaction. An account whose rows are damaged is marked and passed over.</summary>
    private void WriteAccounts(AccountEntries[] accounts, ProjectionRound round)
    {
        List<AccountDamagedException> damages = [];
        using SqliteTransaction transaction = _connection.BeginTransaction();
        _accounts.Begin();
        foreach (AccountEntries account in accounts)
        {
            if (!_damaged.Contains(account.Account) && FindDamage(account.Account, () => _accounts.Write(account)) is { } damage)
            {
                // What was written of it by then does not matter: nothing relies on these rows again.
                Mark(damage);
                damages.Add(damage);
            }
        }

        _accounts.End();
        transaction.Commit();
        foreach (AccountDamagedException damage in damages)
        {
            _damaged.Add(damage.Account);
            round.ReportDamage(damage);
        }
    }

    private void Mark(AccountDamagedException damage) => _markDamaged.Bind(1, damage.Account.Value).Bind(2, damage.Damage).Run();

    /// <summary>Lists some accounts with old keys. Each is listed once, whatever becomes of it.</summary>
    private List<string> ListOldKeys(Instant decidedBefore, ref (long OldestKey, string Account) last)
    {
        List<string> accounts = [];
        _oldKeys.Bind(1, last.OldestKey).Bind(2, last.Account).Bind(3, decidedBefore.UnixMicroseconds).Bind(4, AccountsPerTransaction);
        while (_oldKeys.Step())
        {
            last = (_oldKeys.Int64(0), _oldKeys.OptionalText(1) ?? string.Empty);
            accounts.Add(last.Account);
        }

        return accounts;
    }

    /// <summary>Finds out whether rows of an account are damaged while they are changed.</summary>
    /// <returns>Why they can't be changed, or null.</returns>
    private AccountDamagedException? FindDamage(AccountId account, Action change)
    {
        try
        {
            change();
            return null;
        }
        catch (AccountDamagedException damage)
        {
            return damage;
        }
        catch (InvalidRowException fault)
        {
            _statements.Abandon();
            return new AccountDamagedException(account, fault.Message);
        }
        catch (SqliteException failure) when (IsOfRows(failure))
        {
            // A row is there that must not be, or a number that is added to does not fit any more.
            return new AccountDamagedException(account, failure.Message.TrimEnd('.'), failure);
        }
    }

    /// <summary>Whether a row is there that must not be, or a number does not fit its column any more. A trigger is not a rule of the tables.</summary>
    private static bool IsOfRows(SqliteException failure) =>
        failure is { SqliteErrorCode: raw.SQLITE_CONSTRAINT, SqliteExtendedErrorCode: not raw.SQLITE_CONSTRAINT_TRIGGER } or { SqliteErrorCode: raw.SQLITE_MISMATCH };

    /// <summary>Says how far the rows may be ahead of the position from now on, so that a round that is cut short can be told apart later.</summary>
    private bool TryBegin(ProjectionRound round) =>
        _begin.Bind(1, round.After.Value).Bind(2, round.End.Last.Value).Bind(3, round.End.Seal).RunAndCount() == 1 || IsTargetAhead(round);

    /// <summary>Whether an earlier, longer round from here was cut short; its target stays.</summary>
    private bool IsTargetAhead(ProjectionRound round)
    {
        ProjectionPosition position = ReadPosition();
        return position.Last == round.After && position.TargetLast > round.End.Last;
    }
}
