using System.Globalization;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Storage.Sqlite;

/// <summary>Adds to the sums of payers over all accounts, inside a transaction of the caller. Not thread-safe.</summary>
internal sealed class PayerSumWriter
{
    /// <summary>What stands for a day that there is not; it is the day before the first one there is.</summary>
    public const long NoDay = -1;

    private readonly Statement _readTotal;
    private readonly Statement _writeTotal;
    private readonly Statement _readFlow;
    private readonly Statement _writeFlow;
    private readonly Statement _readStock;
    private readonly Statement _writeStock;

    public PayerSumWriter(StatementSet statements)
    {
        _readTotal = statements.Prepare("SELECT points, outstanding FROM payer_total WHERE payer = ?1");
        _writeTotal = statements.Prepare("INSERT OR REPLACE INTO payer_total (payer, points, outstanding) VALUES (?1, ?2, ?3)");
        _readFlow = statements.Prepare(
            "SELECT points FROM payer_flow WHERE payer = ?1 AND recorded_day = ?2 AND kind = ?3 AND occurred_day = ?4");
        _writeFlow = statements.Prepare(
            "INSERT OR REPLACE INTO payer_flow (payer, recorded_day, kind, occurred_day, points) VALUES (?1, ?2, ?3, ?4, ?5)");
        _readStock = statements.Prepare(
            "SELECT lot_points FROM payer_stock WHERE payer = ?1 AND recorded_day = ?2 AND occurred_day = ?3 AND expires_day = ?4");
        _writeStock = statements.Prepare(
            "INSERT OR REPLACE INTO payer_stock (payer, recorded_day, occurred_day, expires_day, lot_points) VALUES (?1, ?2, ?3, ?4, ?5)");
    }

    public void Write(PayerSumChanges sums)
    {
        foreach (PayerTotalChange total in sums.Totals)
        {
            Write(total);
        }

        foreach ((PayerFlow flow, Int128 points) in sums.Flows)
        {
            Bind(_readFlow, flow);
            Bind(_writeFlow, flow).Bind(5, Text(ReadOld(_readFlow) + points)).Run();
        }

        foreach ((PayerStock stock, Int128 points) in sums.Stocks)
        {
            Bind(_readStock, stock);
            Bind(_writeStock, stock).Bind(5, Text(ReadOld(_readStock) + points)).Run();
        }
    }

    private void Write(PayerTotalChange change)
    {
        Int128 points = change.Points;
        Int128 outstanding = change.Outstanding;
        if (_readTotal.Bind(1, change.Payer.Value).Step())
        {
            points += Number(_readTotal.Text(0));
            outstanding += Number(_readTotal.Text(1));
            _readTotal.Reset();
        }

        _writeTotal.Bind(1, change.Payer.Value).Bind(2, Text(points)).Bind(3, Text(outstanding)).Run();
    }

    private static Statement Bind(Statement statement, PayerFlow flow) => statement
        .Bind(1, flow.Payer.Value)
        .Bind(2, flow.RecordedOn.DayNumber)
        .Bind(3, EntryKindNames.ToText(flow.Kind))
        .Bind(4, flow.OccurredOn?.DayNumber ?? NoDay);

    private static Statement Bind(Statement statement, PayerStock stock) => statement
        .Bind(1, stock.Payer.Value)
        .Bind(2, stock.RecordedOn.DayNumber)
        .Bind(3, stock.OccurredOn.DayNumber)
        .Bind(4, stock.ExpiresOn?.DayNumber ?? NoDay);

    private static Int128 ReadOld(Statement bound)
    {
        if (!bound.Step())
        {
            return 0;
        }

        Int128 old = Number(bound.Text(0));
        bound.Reset();
        return old;
    }

    private static Int128 Number(string text) =>
        Int128.TryParse(text, CultureInfo.InvariantCulture, out Int128 number) ? number : throw new InvalidRowException("a sum of payers is not a number");

    private static string Text(Int128 number) => number.ToString(CultureInfo.InvariantCulture);
}
