using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Lists accounts and their operations out of the projection. Not thread-safe.</summary>
internal sealed class HistoryReader : SnapshotReader
{
    // Account keys are ASCII without control characters, so nothing that begins with a prefix comes after prefix and this.
    private const char BehindAnyKey = '\u007F';

    internal const string DueSql =
        """
        SELECT account FROM account
        WHERE next_due <= ?1 AND NOT EXISTS (SELECT 1 FROM damaged_account WHERE account = account.account)
        ORDER BY next_due
        """;

    internal const string AccountsSql =
        "SELECT account FROM account WHERE account > ?1 AND account >= ?2 AND account < ?3 ORDER BY account";

    internal const string OperationsSql =
        """
        SELECT first_sequence, last_sequence, kind, recorded_at, points, payers, checksum, coalesce(decided_at, recorded_at), iif(?5, pieces, NULL) FROM operation
        WHERE account = ?1 AND first_sequence > ?2 AND first_sequence < ?3
        """;

    private readonly Statement _oldestFirst;
    private readonly Statement _newestFirst;
    private readonly Statement _accounts;
    private readonly Statement _due;
    private readonly SnapshotRows _rows;

    public HistoryReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        _oldestFirst = Prepare($"{OperationsSql} ORDER BY first_sequence LIMIT ?4");
        _newestFirst = Prepare($"{OperationsSql} ORDER BY first_sequence DESC LIMIT ?4");
        _accounts = Prepare(AccountsSql);
        _due = Prepare(DueSql);
        _rows = new SnapshotRows(Prepare);
    }

    public IReadOnlyList<OperationRow> ListOperations(OperationQuery query)
    {
        ThrowIfMarked(query.Account);
        Statement list = query.OldestFirst ? _oldestFirst : _newestFirst;
        list.Bind(1, query.Account.Value)
            .Bind(2, query.After?.Value ?? 0)
            .Bind(3, query.Before?.Value ?? long.MaxValue)
            .Bind(4, query.CountMax)
            .Bind(5, query.WithPieces ? 1 : 0);
        List<OperationRow> operations = [];
        try
        {
            while (list.Step())
            {
                operations.Add(new OperationRow(
                    new Sequence(list.Int64(0)),
                    new Sequence(list.Int64(1)),
                    list.KindAt(2),
                    new CommitTime(list.InstantAt(7), list.InstantAt(3)),
                    new Points(list.Int64(4)),
                    OperationPayers.FromStored(list.Bytes(5)),
                    OperationCheck.FromStored(list.Bytes(6)),
                    list.IsNull(8) ? null : PieceChecks.FromStored(list.Bytes(8))));
            }

            return operations;
        }
        catch (InvalidRowException fault)
        {
            throw new AccountDamagedException(query.Account, fault.Message);
        }
    }

    /// <exception cref="AccountDamagedException">The account is marked as damaged, or its row is damaged.</exception>
    public AccountRow ReadAccount(AccountId account)
    {
        BeginSnapshot();
        ThrowIfMarked(account);
        AccountRow row = OfAccount(account, () => _rows.Read(account).Row);
        EndSnapshot();
        return row;
    }

    public AccountTexts ListAccounts(string prefix, AccountId? after, int countMax)
    {
        _accounts.Bind(1, after?.Value ?? "").Bind(2, prefix).Bind(3, prefix + BehindAnyKey);
        AccountTexts accounts = new();
        while (accounts.Accounts.Count < countMax && _accounts.Step())
        {
            accounts.Add(_accounts.Text(0));
        }

        _accounts.Reset();
        return accounts;
    }

    /// <summary>Lists accounts with due lots or holds, in the order in which these were due.</summary>
    public AccountTexts ListDueAccounts(Instant now, int countMax)
    {
        AccountTexts accounts = new();
        _due.Bind(1, now.UnixMicroseconds);
        while (accounts.Accounts.Count < countMax && _due.Step())
        {
            accounts.Add(_due.Text(0));
        }

        _due.Reset();
        return accounts;
    }
}
