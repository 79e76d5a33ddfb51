using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>A connection whose reads each see the file as of one moment. Not thread-safe.</summary>
internal abstract class SnapshotReader : ReadConnection
{
    private readonly StatementSet _statements;
    private readonly Statement _begin;
    private readonly Statement _end;
    private Statement? _damage;

    protected SnapshotReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode)
        : base(path, busyTimeout, mode)
    {
        _statements = new StatementSet(Connection);
        _begin = Prepare("BEGIN");
        _end = Prepare("COMMIT");
    }

    protected Statement Prepare(string sql) => _statements.Prepare(sql);

    /// <summary>Resets all statements after one stopped before its end. The snapshot stays.</summary>
    protected void AbandonStatements() => _statements.Abandon();

    /// <exception cref="AccountDamagedException">The account is marked as damaged.</exception>
    protected void ThrowIfMarked(AccountId account)
    {
        // Only files with accounts are queried here. The file of keys has none.
        _damage ??= Prepare("SELECT damage FROM damaged_account WHERE account = ?1");
        if (_damage.Bind(1, account.Value).Step())
        {
            AccountDamagedException damage = new(account, _damage.Text(0));
            _damage.Reset();
            throw damage;
        }
    }

    /// <summary>Reads rows of one account. Reports an invalid value as damage of this account.</summary>
    /// <exception cref="AccountDamagedException">The rows are damaged.</exception>
    protected static T OfAccount<T>(AccountId account, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidRowException fault)
        {
            throw AccountDamagedException.Of(account, fault);
        }
    }

    /// <summary>Begins a snapshot as of the first statement. If a statement fails before the end, the connection cannot be reused.</summary>
    protected void BeginSnapshot() => _begin.Run();

    protected void EndSnapshot() => _end.Run();

    protected override void DisposeStatements() => _statements.Dispose();
}
