using System.Globalization;
using Pointbook.Engine;
using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;

namespace Pointbook.Storage.Sqlite;

/// <summary>Updates the sums of payers over all accounts and their checksums, inside a transaction of the caller. Not thread-safe.</summary>
internal sealed class PayerSumWriter
{
    /// <summary>Stands for a missing day. It is the day before the first possible day.</summary>
    public const long NoDay = -1;

    private readonly Statement _readTotal;
    private readonly Statement _writeTotal;
    private readonly Statement _readFlow;
    private readonly Statement _writeFlow;
    private readonly Statement _readStock;
    private readonly Statement _writeStock;

    public PayerSumWriter(StatementSet statements)
    {
        _readTotal = statements.Prepare("SELECT points, outstanding, checksum FROM payer_total WHERE payer = ?1");
        _writeTotal = statements.Prepare("INSERT OR REPLACE INTO payer_total (payer, points, outstanding, checksum) VALUES (?1, ?2, ?3, ?4)");
        _readFlow = statements.Prepare(
            "SELECT points, checksum FROM payer_flow WHERE payer = ?1 AND recorded_day = ?2 AND kind = ?3 AND occurred_day = ?4");
        _writeFlow = statements.Prepare(
            "INSERT OR REPLACE INTO payer_flow (payer, recorded_day, kind, occurred_day, points, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
        _readStock = statements.Prepare(
            "SELECT lot_points, checksum FROM payer_stock WHERE payer = ?1 AND recorded_day = ?2 AND occurred_day = ?3 AND expires_day = ?4");
        _writeStock = statements.Prepare(
            "INSERT OR REPLACE INTO payer_stock (payer, recorded_day, occurred_day, expires_day, lot_points, checksum) VALUES (?1, ?2, ?3, ?4, ?5, ?6)");
    }

    public void Write(PayerSumChanges sums)
    {
        foreach (PayerTotalChange total in sums.Totals)
        {
            Write(total);
        }

        foreach ((PayerFlow flow, Int128 points) in sums.Flows)
        {
            (Int128 old, long checksum) = ReadOld(Bind(_readFlow, flow));
            Bind(_writeFlow, flow).Bind(5, Text(old + points)).Bind(6, SumCheck.Add(checksum, SumCheck.Of(flow, points))).Run();
        }

        foreach ((PayerStock stock, Int128 points) in sums.Stocks)
        {
            (Int128 old, long checksum) = ReadOld(Bind(_readStock, stock));
            Bind(_writeStock, stock).Bind(5, Text(old + points)).Bind(6, SumCheck.Add(checksum, SumCheck.Of(stock, points))).Run();
        }
    }

    private void Write(PayerTotalChange change)
    {
        Int128 points = change.Points;
        Int128 outstanding = change.Outstanding;
        long checksum = SumCheck.Of(change.Payer, change.Points, change.Outstanding);
        if (_readTotal.Bind(1, change.Payer.Value).Step())
        {
            points += Number(_readTotal.Text(0));
            outstanding += Number(_readTotal.Text(1));
            checksum = SumCheck.Add(checksum, _readTotal.Int64(2));
            _readTotal.Reset();
        }

        _writeTotal.Bind(1, change.Payer.Value).Bind(2, Text(points)).Bind(3, Text(outstanding)).Bind(4, checksum).Run();
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

    private static (Int128 Sum, long Checksum) ReadOld(Statement bound)
    {
        if (!bound.Step())
        {
            return (0, 0);
        }

        (Int128 Sum, long Checksum) old = (Number(bound.Text(0)), bound.Int64(1));
        bound.Reset();
        return old;
    }

    private static Int128 Number(string text) =>
        Int128.TryParse(text, CultureInfo.InvariantCulture, out Int128 number) ? number : throw new InvalidRowException("a sum of payers is not a number");

    private static string Text(Int128 number) => number.ToString(CultureInfo.InvariantCulture);
}
