using System.Globalization;
using Microsoft.Data.Sqlite;
using Pointbook.Engine;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Values;

namespace Pointbook.Storage.Sqlite;

/// <summary>Reads the sums of payers over all accounts from one generation of the read model. Not thread-safe.</summary>
internal sealed class PayerReader : SnapshotReader
{
    private readonly Statement _row;
    private readonly Statement _totals;
    private readonly Statement _total;
    private readonly Statement _flows;
    private readonly Statement _stocks;

    public PayerReader(string path, long generation, TimeSpan busyTimeout, SqliteOpenMode mode)
        : base(path, busyTimeout, mode)
    {
        Generation = generation;
        _row = Prepare(ReadModelRow.Sql);
        _totals = Prepare("SELECT payer, points, outstanding, checksum FROM payer_total WHERE payer > ?1 ORDER BY payer LIMIT ?2");
        _total = Prepare("SELECT payer, points, outstanding, checksum FROM payer_total WHERE payer > ?1 AND payer = ?3 LIMIT ?2");
        _flows = Prepare("SELECT recorded_day, kind, occurred_day, points, checksum FROM payer_flow WHERE payer = ?1");
        _stocks = Prepare("SELECT recorded_day, occurred_day, expires_day, lot_points, checksum FROM payer_stock WHERE payer = ?1");
    }

    /// <summary>The number of the generation.</summary>
    public long Generation { get; }

    public ReadModelRow ReadRow() => ReadModelRow.Read(_row);

    public PayerTotals List(PayerQuery query)
    {
        BeginSnapshot();
        ReadModelPosition position = ReadRow().Position;
        Statement list = query.Only is null ? _totals : _total.Bind(3, query.Only.Value);
        list.Bind(1, query.After?.Value ?? "").Bind(2, query.CountMax);
        List<PayerTotal> totals = [];
        while (list.Step())
        {
            totals.Add(PayerRows.ToTotal(list.PayerAt(0), SumAt(list, 1), SumAt(list, 2), list.Int64(3)));
        }

        EndSnapshot();
        return new PayerTotals(position, totals);
    }

    public PayerDays ReadDays(PayerName payer, DateOnly before)
    {
        BeginSnapshot();
        ReadModelPosition position = ReadRow().Position;
        PayerRows rows = new(payer, before);
        if (_total.Bind(1, "").Bind(2, 1).Bind(3, payer.Value).Step())
        {
            rows.AddTotal(SumAt(_total, 1), SumAt(_total, 2), _total.Int64(3));
            _total.Reset();
        }

        _flows.Bind(1, payer.Value);
        while (_flows.Step())
        {
            rows.Add(new PayerFlow(payer, DayAt(_flows, 0), _flows.KindAt(1), OptionalDayAt(_flows, 2)), SumAt(_flows, 3), _flows.Int64(4));
        }

        _stocks.Bind(1, payer.Value);
        while (_stocks.Step())
        {
            rows.Add(new PayerStock(payer, DayAt(_stocks, 0), DayAt(_stocks, 1), OptionalDayAt(_stocks, 2)), SumAt(_stocks, 3), _stocks.Int64(4));
        }

        EndSnapshot();
        return rows.ToDays(position);
    }

    private static Int128 SumAt(Statement row, int column) =>
        Int128.TryParse(row.Text(column), CultureInfo.InvariantCulture, out Int128 sum) ? sum : throw new InvalidRowException("a sum of payers is not a number");

    private static DateOnly DayAt(Statement row, int column) =>
        row.Int64(column) is var day && day >= DateOnly.MinValue.DayNumber && day <= DateOnly.MaxValue.DayNumber
            ? DateOnly.FromDayNumber((int)day)
            : throw new InvalidRowException($"a day of payers is {day}");

    private static DateOnly? OptionalDayAt(Statement row, int column) => row.Int64(column) == PayerSumWriter.NoDay ? null : DayAt(row, column);
}
