using System.Globalization;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the sums of payers over all accounts out of the projection. Not thread-safe.</summary>
internal sealed class PayerReader : SnapshotReader
{
    internal const string DueSql = "SELECT payer, remaining FROM open_lot WHERE expires_at <= ?1 AND payer BETWEEN ?2 AND ?3";

    private readonly Statement _totals;
    private readonly Statement _total;
    private readonly Statement _due;
    private readonly Statement _flows;
    private readonly Statement _stocks;

    public PayerReader(string path, TimeSpan busyTimeout)
        : base(path, busyTimeout)
    {
        _totals = Prepare("SELECT payer, points, outstanding FROM payer_total WHERE payer > ?1 ORDER BY payer LIMIT ?2");
        _total = Prepare("SELECT payer, points, outstanding FROM payer_total WHERE payer > ?1 AND payer = ?3 LIMIT ?2");
        _due = Prepare(DueSql);
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
            totals.Add(new PayerTotal(PayerName.FromTrusted(list.Text(0)), SumAt(list, 1), SumAt(list, 2), 0));
        }

        if (totals.Count > 0)
        {
            AddDue(totals, query.Now);
        }

        EndSnapshot();
        return totals;
    }

    public PayerDays ReadDays(PayerName payer, DateOnly before)
    {
        BeginSnapshot();
        List<KeyValuePair<PayerFlow, Int128>> flows = [];
        _flows.Bind(1, payer.Value).Bind(2, before.DayNumber);
        while (_flows.Step())
        {
            PayerFlow flow = new(payer, DayAt(_flows, 0), EntryKindNames.Parse(_flows.Text(1)), OptionalDayAt(_flows, 2));
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

    /// <summary>Adds up what is left in lots that have expired. SQLite's own sums end at 64 bits.</summary>
    private void AddDue(List<PayerTotal> totals, Instant now)
    {
        Dictionary<string, Int128> due = new(StringComparer.Ordinal);
        _due.Bind(1, now.UnixMicroseconds).Bind(2, totals[0].Payer.Value).Bind(3, totals[^1].Payer.Value);
        while (_due.Step())
        {
            string payer = _due.Text(0);
            due[payer] = due.GetValueOrDefault(payer) + _due.Int64(1);
        }

        for (int index = 0; index < totals.Count; index++)
        {
            totals[index] = totals[index] with { Due = due.GetValueOrDefault(totals[index].Payer.Value) };
        }
    }

    private static Int128 SumAt(Statement row, int column) => Int128.Parse(row.Text(column), CultureInfo.InvariantCulture);

    private static DateOnly DayAt(Statement row, int column) => DateOnly.FromDayNumber(checked((int)row.Int64(column)));

    private static DateOnly? OptionalDayAt(Statement row, int column) => row.Int64(column) == PayerSumWriter.NoDay ? null : DayAt(row, column);
}
