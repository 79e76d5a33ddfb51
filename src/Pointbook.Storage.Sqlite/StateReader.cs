using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the rows of balances and of pages of lots out of the projection. Not thread-safe.</summary>
internal sealed class StateReader : SnapshotReader
{
    internal const string PayersSql = "SELECT payer, points, outstanding, first_sequence FROM payer_balance WHERE account = ?1";

    internal const string DueLotsSql =
        "SELECT occurred_at, sequence, payer, remaining, expires_at FROM open_lot WHERE account = ?1 AND expires_at <= ?2";

    internal const string DueHoldsSql = "SELECT sequence, ends_at, points FROM hold WHERE account = ?1 AND ends_at <= ?2";

    internal const string DrawsSql =
        "SELECT occurred_at, lot, payer, points, expires_at FROM held_draw WHERE account = ?1 AND hold = ?2 ORDER BY occurred_at, lot";

    // The expiry is in an expression, so that the lots come in their order and not by the index of expiries.
    internal const string LotsSql =
        """
        SELECT occurred_at, sequence, payer, remaining, expires_at FROM open_lot
        WHERE account = ?1 AND (occurred_at, sequence) > (?2, ?3) AND coalesce(expires_at, 9223372036854775807) > ?4
        ORDER BY occurred_at, sequence LIMIT ?5
        """;

    internal const string LotsBeforeSql =
        """
        SELECT payer, remaining FROM open_lot WHERE account = ?1 AND (occurred_at, sequence) <= (?2, ?3)
        ORDER BY occurred_at, sequence
        """;

    private readonly Statement _account;
    private readonly Statement _payers;
    private readonly Statement _payer;
    private readonly Statement _dueLots;
    private readonly Statement _dueHolds;
    private readonly Statement _draws;
    private readonly Statement _lots;
    private readonly Statement _lotsBefore;

    public StateReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        _account = Prepare("SELECT stands_at, flushed_through, flushed_through_before, held FROM account WHERE account = ?1");
        _payers = Prepare(PayersSql);
        _payer = Prepare($"{PayersSql} AND payer = ?2");
        _dueLots = Prepare(DueLotsSql);
        _dueHolds = Prepare(DueHoldsSql);
        _draws = Prepare(DrawsSql);
        _lots = Prepare(LotsSql);
        _lotsBefore = Prepare(LotsBeforeSql);
    }

    /// <summary>Reads the rows of the balances of accounts, those without rows left out. Damaged rows cost their own account only.</summary>
    public IReadOnlyList<StoredBalance> ReadBalances(IReadOnlyList<AccountId> accounts, Instant now)
    {
        BeginSnapshot();
        List<StoredBalance> balances = new(accounts.Count);
        foreach (AccountId account in accounts)
        {
            try
            {
                if (OfAccount(account, () => ReadBalance(account, now)) is { } balance)
                {
                    balances.Add(StoredBalance.Of(balance));
                }
            }
            catch (AccountDamagedException damage)
            {
                AbandonStatements();
                balances.Add(StoredBalance.Damaged(damage));
            }
        }

        EndSnapshot();
        return balances;
    }

    private BalanceRows? ReadBalance(AccountId account, Instant now) => ReadAccount(account) is { } row
        ? new BalanceRows(account, row.StandsAt, row.IsFlushed ? Points.Zero : row.Held, ReadPayers(account), ReadDue(account, row.IsFlushed, now))
        : null;

    /// <summary>Reads rows of one account; a value in them that nothing writes there is this account's damage.</summary>
    private static T OfAccount<T>(AccountId account, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidRowException fault)
        {
            throw new AccountDamagedException(account, fault.Message);
        }
    }

    /// <summary>Reads the rows of a page of lots.</summary>
    public LotRows ReadLots(LotQuery query) => OfAccount(query.Account, () => ReadLotsOf(query));

    private LotRows ReadLotsOf(LotQuery query)
    {
        BeginSnapshot();
        LotRows rows = LotRows.None;
        if (ReadAccount(query.Account) is { } row)
        {
            List<LotSnapshot> lots = ReadPage(query);
            DueRows due = ReadDue(query.Account, row.IsFlushed, query.Now);
            PayerSnapshot[] payers = [.. lots.Select(lot => lot.Payer).Concat(due.Payers).Distinct().Select(payer => ReadPayer(query.Account, payer))];
            OwedAtPlace owed = new(query.After, row.StandsAt, payers);
            CountBefore(query, owed);
            rows = new LotRows(row.StandsAt, lots, payers, due, owed.Owed);
        }

        EndSnapshot();
        return rows;
    }

    private (Sequence StandsAt, bool IsFlushed, Points Held)? ReadAccount(AccountId account)
    {
        ThrowIfMarked(account);
        if (!_account.Bind(1, account.Value).Step())
        {
            return null;
        }

        AccountRow row = _account.AccountRowAt(0);
        Points held = new(_account.Int64(3));
        _account.Reset();
        return (row.StandsAt, new FlushMarks(row.FlushedThrough, row.FlushedThroughBefore).IsFlushed(row.StandsAt), held);
    }

    private List<PayerSnapshot> ReadPayers(AccountId account)
    {
        List<PayerSnapshot> payers = [];
        _payers.Bind(1, account.Value);
        while (_payers.Step())
        {
            payers.Add(PayerAt(_payers));
        }

        payers.Sort(static (left, right) => left.FirstSequence.CompareTo(right.FirstSequence));
        return payers;
    }

    private PayerSnapshot ReadPayer(AccountId account, PayerName payer)
    {
        if (!_payer.Bind(1, account.Value).Bind(2, payer.Value).Step())
        {
            throw new InvalidRowException("a lot is of a payer without a balance");
        }

        PayerSnapshot line = PayerAt(_payer);
        _payer.Reset();
        return line;
    }

    /// <summary>Reads the due lots and holds. Holds that a flush set aside are not due.</summary>
    private DueRows ReadDue(AccountId account, bool isFlushed, Instant now)
    {
        List<LotSnapshot> lots = [];
        _dueLots.Bind(1, account.Value).Bind(2, now.UnixMicroseconds);
        while (_dueLots.Step())
        {
            lots.Add(LotAt(_dueLots));
        }

        HoldRows ended = new();
        _dueHolds.Bind(1, account.Value).Bind(2, now.UnixMicroseconds);
        while (!isFlushed && _dueHolds.Step())
        {
            Sequence spend = new(_dueHolds.Int64(0));
            ended.Add(spend, _dueHolds.InstantAt(1), new Points(_dueHolds.Int64(2)));
            _draws.Bind(1, account.Value).Bind(2, spend.Value);
            while (_draws.Step())
            {
                ended.AddDraw(spend, HoldReader.DrawAt(_draws));
            }
        }

        IReadOnlyList<HoldSnapshot> holds = ended.ToHolds();
        return lots.Count + holds.Count == 0 ? DueRows.None : new DueRows(lots, holds);
    }

    private List<LotSnapshot> ReadPage(LotQuery query)
    {
        List<LotSnapshot> lots = [];
        _lots.Bind(1, query.Account.Value)
            .Bind(2, query.After?.Key.OccurredAt.UnixMicroseconds ?? long.MinValue)
            .Bind(3, query.After?.Key.Sequence.Value ?? 0)
            .Bind(4, query.Now.UnixMicroseconds)
            .Bind(5, query.CountMax);
        while (_lots.Step())
        {
            lots.Add(LotAt(_lots));
        }

        return lots;
    }

    private void CountBefore(LotQuery query, OwedAtPlace owed)
    {
        if (owed.IsKnown || query.After is not { } after)
        {
            return;
        }

        _lotsBefore.Bind(1, query.Account.Value).Bind(2, after.Key.OccurredAt.UnixMicroseconds).Bind(3, after.Key.Sequence.Value);
        while (!owed.IsKnown && _lotsBefore.Step())
        {
            owed.Count(_lotsBefore.Text(0), new Points(_lotsBefore.Int64(1)));
        }

        _lotsBefore.Reset();
    }

    private static PayerSnapshot PayerAt(Statement row) => new(
        row.PayerAt(0), new Points(row.Int64(1)), new Points(row.Int64(2)), new Sequence(row.Int64(3)));

    private static LotSnapshot LotAt(Statement row) => new(
        new LotKey(row.InstantAt(0), new Sequence(row.Int64(1))),
        row.PayerAt(2),
        new Points(row.Int64(3)),
        row.OptionalInstantAt(4));
}
