using System.Globalization;
using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.AccountStore;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the sums of payers over all accounts out of the projection. Not thread-safe.</summary>
internal sealed class PayerReader : SnapshotReader
{
    // Rounds pass over damaged accounts, so what is left in their lots is unknown.
    internal const string DueSql =
        $"""
        SELECT account, {SnapshotRows.RowColumns} FROM account
        WHERE next_due <= ?1 AND NOT EXISTS (SELECT 1 FROM damaged_account WHERE account = account.account)
        """;

    private readonly Statement _totals;
    private readonly Statement _total;
    private readonly Statement _due;
    private readonly SnapshotRows _rows;
    private readonly Statement _flows;
    private readonly Statement _stocks;

    public PayerReader(string path, TimeSpan busyTimeout, SqliteOpenMode mode = SqliteOpenMode.ReadWrite)
        : base(path, busyTimeout, mode)
    {
        _totals = Prepare("SELECT payer, points, outstanding FROM payer_total WHERE payer > ?1 ORDER BY payer LIMIT ?2");
        _total = Prepare("SELECT payer, points, outstanding FROM payer_total WHERE payer > ?1 AND payer = ?3 LIMIT ?2");
        _due = Prepare(DueSql);
        _rows = new SnapshotRows(Prepare);
        _flows = Prepare("SELECT recorded_day, kind, occurred_day, points FROM payer_flow WHERE payer = ?1 AND recorded_day < ?2");
        _stocks = Prepare("SELECT recorded_day, occurred_day, expires_day, lot_points FROM payer_stock WHERE payer = ?1 AND recorded_day < ?2");
    }

    public IReadOnlyList<PayerTotal> List(PayerQuery query)
    {
        BeginSnapshot();
        Statement list = query.Only is null ? _totals : _total.Bind(3, query.Only.Value);
        list.Bind(1, query.After?.Value ?? "").Bind(2, query.CountMax);
        List<PayerTotal> totals = [];
        while (list.Step())
        {
            totals.Add(new PayerTotal(list.PayerAt(0), SumAt(list, 1), SumAt(list, 2), 0));
        }

        Dictionary<PayerName, Int128> due = totals.Count == 0 ? [] : ReadDue(query.Now);
        EndSnapshot();
        return [.. totals.Select(total => total with { Due = due.GetValueOrDefault(total.Payer) })];
    }

    public PayerDays ReadDays(PayerName payer, DateOnly before)
    {
        BeginSnapshot();
        List<KeyValuePair<PayerFlow, Int128>> flows = [];
        _flows.Bind(1, payer.Value).Bind(2, before.DayNumber);
        while (_flows.Step())
        {
            PayerFlow flow = new(payer, DayAt(_flows, 0), _flows.KindAt(1), OptionalDayAt(_flows, 2));
            flows.Add(KeyValuePair.Create(flow, SumAt(_flows, 3)));
        }

        List<KeyValuePair<PayerStock, Int128>> stocks = [];
        _stocks.Bind(1, payer.Value).Bind(2, before.DayNumber);
        while (_stocks.Step())
        {
            PayerStock stock = new(payer, DayAt(_stocks, 0), DayAt(_stocks, 1), OptionalDayAt(_stocks, 2));
            stocks.Add(KeyValuePair.Create(stock, SumAt(_stocks, 3)));
        }

        EndSnapshot();
        return new PayerDays(flows, stocks);
    }

    /// <summary>Adds up what is left in lots that have expired. A damaged snapshot costs its own account only.</summary>
    private Dictionary<PayerName, Int128> ReadDue(Instant now)
    {
        Dictionary<PayerName, Int128> due = [];
        _due.Bind(1, now.UnixMicroseconds);
        while (_due.Step())
        {
            try
            {
                AddDue(StoredAccount.Read(_due.AccountAt(0), SnapshotRows.RowAt(_due, 1)), now, due);
            }
            catch (InvalidRowException)
            {
                // Whoever loads the account finds out, and what is left in its lots is unknown.
                _rows.Abandon();
            }
        }

        return due;
    }

    private void AddDue(StoredAccount account, Instant now, Dictionary<PayerName, Int128> due)
    {
        _rows.Provide(account, account.ChunksForExpiredLots(now));
        foreach (LotSnapshot lot in account.ExpiredLots(now))
        {
            due[lot.Payer] = due.GetValueOrDefault(lot.Payer) + lot.Remaining.Value;
        }
    }

    private static Int128 SumAt(Statement row, int column) =>
        Int128.TryParse(row.Text(column), CultureInfo.InvariantCulture, out Int128 sum) ? sum : throw new InvalidRowException("a sum of payers is not a number");

    private static DateOnly DayAt(Statement row, int column) =>
        row.Int64(column) is var day && day >= DateOnly.MinValue.DayNumber && day <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber((int)day)
            : throw new InvalidRowException($"a day of payers is {day}");

    private static DateOnly? OptionalDayAt(Statement row, int column) => row.Int64(column) == PayerSumWriter.NoDay ? null : DayAt(row, column);
}
