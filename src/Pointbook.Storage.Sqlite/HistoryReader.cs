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

    internal const string DueLotsSql =
        """
        SELECT account, expires_at FROM open_lot
        WHERE expires_at <= ?1 AND NOT EXISTS (SELECT 1 FROM damaged_account WHERE account = open_lot.account)
        ORDER BY expires_at
        """;

    // Holds that went with a flush end nothing, unless a restore brings them back, and are not in the index.
    internal const string DueHoldsSql =
        """
        SELECT account, ends_at FROM hold
        WHERE ends_at <= ?1 AND is_aside = 0 AND NOT EXISTS (SELECT 1 FROM damaged_account WHERE account = hold.account)
        ORDER BY ends_at
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
    private readonly Statement _account;
    private readonly Statement _accounts;
    private readonly Statement _dueLots;
    private readonly Statement _dueHolds;

    public HistoryReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        _oldestFirst = Prepare($"{OperationsSql} ORDER BY first_sequence LIMIT ?4");
        _newestFirst = Prepare($"{OperationsSql} ORDER BY first_sequence DESC LIMIT ?4");
        _account = Prepare("SELECT stands_at, flushed_through, flushed_through_before FROM account WHERE account = ?1");
        _accounts = Prepare(AccountsSql);
        _dueLots = Prepare(DueLotsSql);
        _dueHolds = Prepare(DueHoldsSql);
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

    /// <exception cref="AccountDamagedException">The account is marked as damaged.</exception>
    public AccountRow ReadAccount(AccountId account)
    {
        ThrowIfMarked(account);
        if (!_account.Bind(1, account.Value).Step())
        {
            return default;
        }

        AccountRow row = _account.AccountRowAt(0);
        _account.Reset();
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

    /// <summary>Takes the accounts of due lots and of due holds, in the order in which these were due, until there are enough.</summary>
    public AccountTexts ListDueAccounts(Instant now, int countMax)
    {
        BeginSnapshot();
        AccountTexts accounts = new();
        bool hasLot = _dueLots.Bind(1, now.UnixMicroseconds).Step();
        bool hasHold = _dueHolds.Bind(1, now.UnixMicroseconds).Step();
        while ((hasLot || hasHold) && accounts.Accounts.Count < countMax)
        {
            bool isHoldFirst = hasHold && (!hasLot || _dueHolds.Int64(1) <= _dueLots.Int64(1));
            accounts.Add((isHoldFirst ? _dueHolds : _dueLots).Text(0));
            (hasLot, hasHold) = isHoldFirst ? (hasLot, _dueHolds.Step()) : (_dueLots.Step(), hasHold);
        }

        _dueLots.Reset();
        _dueHolds.Reset();
        EndSnapshot();
        return accounts;
    }
}
