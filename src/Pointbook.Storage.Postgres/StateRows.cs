using Npgsql;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Postgres;

/// <summary>Puts the rows of balances and of a page of lots together. Used once.</summary>
internal sealed class StateRows
{
    private readonly Dictionary<string, (Sequence StandsAt, bool IsFlushed, Points Held)> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<PayerSnapshot>> _payers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<LotSnapshot>> _dueLots = new(StringComparer.Ordinal);
    private readonly LoadedHolds _dueHolds = new();
    private readonly Dictionary<string, string> _damages = new(StringComparer.Ordinal);
    private readonly List<LotSnapshot> _lots = [];

    /// <summary>Runs a batch whose first result is that of the settings, and takes the rows of each further result.</summary>
    public static async Task ReadAsync(NpgsqlBatch batch, Action<NpgsqlDataReader>[] takes, CancellationToken cancellationToken)
    {
        NpgsqlDataReader row = await batch.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (row.ConfigureAwait(false))
        {
            foreach (Action<NpgsqlDataReader> take in takes)
            {
                await row.NextResultAsync(cancellationToken).ConfigureAwait(false);
                while (await row.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    take(row);
                }
            }
        }
    }

    public void AddAccount(NpgsqlDataReader row)
    {
        AccountRow account = AccountReader.ToRow(row, 1);
        bool isFlushed = new FlushMarks(account.FlushedThrough, account.FlushedThroughBefore).IsFlushed(account.StandsAt);
        _accounts.Add(row.GetString(0), (account.StandsAt, isFlushed, new Points(row.GetInt64(4))));
    }

    /// <summary>Takes the mark of an account. It says more than what is found wrong with rows that nobody writes to any more.</summary>
    public void AddMark(NpgsqlDataReader row) => _damages[row.GetString(0)] = row.GetString(1);

    /// <summary>Takes rows that begin with the account. One that cannot be right costs its account only.</summary>
    public Action<NpgsqlDataReader> OfAccount(Action<NpgsqlDataReader> take) => row =>
    {
        try
        {
            take(row);
        }
        catch (InvalidRowException fault)
        {
            _damages[row.GetString(0)] = fault.Message;
        }
    };

    public void AddDueLot(NpgsqlDataReader row) => ListOf(_dueLots, row.GetString(0)).Add(ToLot(row));

    public void AddDueHold(NpgsqlDataReader row) => _dueHolds.AddHold(row);

    public void AddDueDraw(NpgsqlDataReader row) => _dueHolds.AddDraw(row);

    public void AddLot(NpgsqlDataReader row) => _lots.Add(ToLot(row));

    public void AddPayer(NpgsqlDataReader row) => ListOf(_payers, row.GetString(0)).Add(new PayerSnapshot(
        Columns.PayerAt(row, 1), new Points(row.GetInt64(2)), new Points(row.GetInt64(3)), new Sequence(row.GetInt64(4))));

    public bool Has(AccountId account) => _accounts.ContainsKey(account.Value);

    public Sequence StandsAt(AccountId account) => _accounts[account.Value].StandsAt;

    public IReadOnlyList<PayerSnapshot> PayersOf(AccountId account) => ListOf(_payers, account.Value);

    /// <summary>The payers of the lots and of the due events, each once.</summary>
    public IEnumerable<PayerName> PayersNeeded(AccountId account) => _lots.Select(lot => lot.Payer).Concat(DueOf(account).Payers).Distinct();

    /// <summary>The rows of an account's balance; null if it has none.</summary>
    public StoredBalance? FindBalance(AccountId account)
    {
        string? damage = _damages.GetValueOrDefault(account.Value);
        try
        {
            return damage is not null ? StoredBalance.Damaged(new AccountDamagedException(account, damage))
                : Has(account) ? StoredBalance.Of(ToBalance(account))
                : null;
        }
        catch (InvalidRowException fault)
        {
            return StoredBalance.Damaged(new AccountDamagedException(account, fault.Message));
        }
    }

    /// <exception cref="InvalidRowException">The due rows contradict each other.</exception>
    private BalanceRows ToBalance(AccountId account)
    {
        (Sequence standsAt, bool isFlushed, Points held) = _accounts[account.Value];
        PayerSnapshot[] payers = [.. PayersOf(account).OrderBy(payer => payer.FirstSequence)];
        return new BalanceRows(account, standsAt, isFlushed ? Points.Zero : held, payers, DueOf(account));
    }

    /// <exception cref="InvalidRowException">A payer has lots and no line.</exception>
    public LotRows ToLots(AccountId account, IReadOnlyDictionary<Sequence, Points> owed)
    {
        IReadOnlyList<PayerSnapshot> payers = PayersOf(account);
        return payers.Count == PayersNeeded(account).Count()
            ? new LotRows(StandsAt(account), _lots, payers, DueOf(account), owed)
            : throw new InvalidRowException("a lot is of a payer without a balance");
    }

    /// <summary>The due lots and holds. Holds that a flush set aside are not due.</summary>
    private DueRows DueOf(AccountId account) => new(
        _dueLots.GetValueOrDefault(account.Value) ?? [], _accounts[account.Value].IsFlushed ? [] : HoldsOf(account));

    private IReadOnlyList<HoldSnapshot> HoldsOf(AccountId account) =>
        [.. _dueHolds.Of(account.Value).Select(hold => hold with { Draws = [.. hold.Draws.OrderBy(draw => draw.Lot)] })];

    private static LotSnapshot ToLot(NpgsqlDataReader row) => new(
        new LotKey(PostgresTime.Read(row, 1), new Sequence(row.GetInt64(2))),
        Columns.PayerAt(row, 3),
        new Points(row.GetInt64(4)),
        PostgresTime.ReadOptional(row, 5));

    private static List<T> ListOf<T>(Dictionary<string, List<T>> lists, string account)
    {
        if (!lists.TryGetValue(account, out List<T>? list))
        {
            list = [];
            lists.Add(account, list);
        }

        return list;
    }
}
