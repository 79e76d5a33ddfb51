using Microsoft.Data.Sqlite;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.Journal;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Lists accounts and their operations from the account store. Not thread-safe.</summary>
internal sealed class HistoryReader : SnapshotReader
{
    // Account keys are ASCII without control characters. So every key with a prefix sorts before the prefix followed by this character.
    private const char BehindAnyKey = '\u007F';

    internal const string DueSql =
        """
        SELECT account FROM account
        WHERE next_due <= ?1 AND NOT EXISTS (SELECT 1 FROM damaged_account WHERE account = account.account)
        ORDER BY next_due
        """;

    internal const string AccountsSql =
        "SELECT account FROM account WHERE account > ?1 AND account >= ?2 AND account < ?3 ORDER BY account";

    internal const string OperationsSql = "SELECT first_sequence FROM operation WHERE opening = ?1 AND first_sequence > ?2 AND first_sequence < ?3";

    internal const string FollowingSql = "SELECT first_sequence FROM operation WHERE opening = ?1 AND first_sequence >= ?2 ORDER BY first_sequence LIMIT 1";

    // Only erasures that the position contains. An interrupted round is repeated, and then adds its erasures to the list again.
    private const string ErasuresSql =
        """
        SELECT opening, sequence FROM erasure
        WHERE sequence > ?1 AND sequence <= (SELECT last_sequence FROM account_store_position)
        ORDER BY sequence LIMIT ?2
        """;

    private readonly Statement _oldestFirst;
    private readonly Statement _newestFirst;
    private readonly TablePosition _position;
    private readonly Statement _following;
    private readonly Statement _accounts;
    private readonly Statement _due;
    private readonly Statement _erasures;
    private readonly SnapshotRows _rows;

    public HistoryReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        _oldestFirst = Prepare($"{OperationsSql} ORDER BY first_sequence LIMIT ?4");
        _newestFirst = Prepare($"{OperationsSql} ORDER BY first_sequence DESC LIMIT ?4");
        _position = new TablePosition(Prepare);
        _following = Prepare(FollowingSql);
        _accounts = Prepare(AccountsSql);
        _due = Prepare(DueSql);
        _erasures = Prepare(ErasuresSql);
        _rows = new SnapshotRows(Prepare);
    }

    /// <exception cref="AccountDamagedException">The account is marked as damaged, or its row is damaged.</exception>
    public OperationPage ListOperations(OperationQuery query)
    {
        BeginSnapshot();
        ThrowIfMarked(query.Account);
        AccountRow account = OfAccount(query.Account, () => _rows.Read(query.Account).Row);
        Statement list = query.OldestFirst ? _oldestFirst : _newestFirst;
        list.Bind(1, account.Opening.Value)
            .Bind(2, query.After?.Value ?? 0)
            .Bind(3, query.Before?.Value ?? long.MaxValue)
            .Bind(4, query.CountMax);
        List<Sequence> operations = [];
        while (list.Step())
        {
            operations.Add(new Sequence(list.Int64(0)));
        }

        OperationPage page = new(_position.Read(), account, operations, query.Before is { } before ? FindFollowing(account, before) : null);
        EndSnapshot();
        return page;
    }

    private Sequence? FindFollowing(AccountRow account, Sequence before)
    {
        if (!_following.Bind(1, account.Opening.Value).Bind(2, before.Value).Step())
        {
            return null;
        }

        Sequence following = new(_following.Int64(0));
        _following.Reset();
        return following;
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

    /// <summary>Lists accounts with due lots or holds, in order of due time.</summary>
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

    /// <summary>Lists unfinished erasures.</summary>
    public IReadOnlyList<AccountErasure> ListErasures(Sequence after, int countMax)
    {
        List<AccountErasure> erasures = [];
        _erasures.Bind(1, after.Value).Bind(2, countMax);
        while (_erasures.Step())
        {
            erasures.Add(new AccountErasure(new Sequence(_erasures.Int64(0)), new Sequence(_erasures.Int64(1))));
        }

        return erasures;
    }
}
