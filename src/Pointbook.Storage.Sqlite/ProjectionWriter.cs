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
    internal const string ForgetKeysSql =
        """
        DELETE FROM idempotency_key WHERE (account, key) IN (
            SELECT account, key FROM idempotency_key WHERE decided_at < ?1 ORDER BY decided_at LIMIT ?2)
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
    private readonly Statement _forgetKeys;
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
            _forgetKeys = _statements.Prepare(ForgetKeysSql);
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
        _markDamaged.Bind(1, damage.Account.Value).Bind(2, damage.Damage).Run();
        _damaged.Add(damage.Account);
    }

    /// <summary>Deletes the oldest keys that were recorded before an instant.</summary>
    /// <returns>How many.</returns>
    public int ForgetKeys(Instant decidedBefore, int countMax) =>
        _forgetKeys.Bind(1, decidedBefore.UnixMicroseconds).Bind(2, countMax).RunAndCount();

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
        foreach (AccountEntries account in accounts)
        {
            if (!_damaged.Contains(account.Account) && TryWrite(account) is { } damage)
            {
                // What was written of it by then does not matter: nothing relies on these rows again.
                _markDamaged.Bind(1, damage.Account.Value).Bind(2, damage.Damage).Run();
                damages.Add(damage);
            }
        }

        transaction.Commit();
        foreach (AccountDamagedException damage in damages)
        {
            _damaged.Add(damage.Account);
            round.ReportDamage(damage);
        }
    }

    /// <summary>Writes what the rows of an account do not contain yet.</summary>
    /// <returns>Why they cannot take it, or null.</returns>
    private AccountDamagedException? TryWrite(AccountEntries account)
    {
        try
        {
            _accounts.Write(account);
            return null;
        }
        catch (AccountDamagedException damage)
        {
            return damage;
        }
        catch (InvalidRowException fault)
        {
            return new AccountDamagedException(account.Account, fault.Message);
        }
        catch (SqliteException failure) when (IsOfRows(failure))
        {
            // A row is there that must not be, or a number that is added to does not fit any more.
            return new AccountDamagedException(account.Account, failure.Message.TrimEnd('.'), failure);
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
