using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>Collects and checks all rows of one payer's sums, which a store reads in one snapshot. Used once. Not thread-safe.</summary>
/// <param name="payer">The payer.</param>
/// <param name="before">The first day to exclude. The caller must still add rows of later days, because only all rows together add up to the totals.</param>
public sealed class PayerRows(PayerName payer, DateOnly before)
{
    private readonly List<KeyValuePair<PayerFlow, Int128>> _flows = [];
    private readonly List<KeyValuePair<PayerStock, Int128>> _stocks = [];
    private Int128 _points;
    private Int128 _lotPoints;
    private PayerTotal? _total;

    /// <summary>Adds the totals.</summary>
    /// <exception cref="PayerDamagedException">They do not match their checksum.</exception>
    public void AddTotal(Int128 points, Int128 outstanding, long checksum)
    {
        Check(payer, SumCheck.Of(payer, points, outstanding), checksum, "its totals");
        _total = new PayerTotal(payer, points, outstanding);
    }

    /// <summary>Adds the flow of a day.</summary>
    /// <exception cref="PayerDamagedException">It does not match its checksum.</exception>
    public void Add(PayerFlow flow, Int128 points, long checksum)
    {
        Check(payer, SumCheck.Of(flow, points), checksum, $"what flowed on {flow.RecordedOn:O}");
        _points += points;
        if (flow.RecordedOn < before)
        {
            _flows.Add(KeyValuePair.Create(flow, points));
        }
    }

    /// <summary>Adds the change of lots on a day.</summary>
    /// <exception cref="PayerDamagedException">It does not match its checksum.</exception>
    public void Add(PayerStock stock, Int128 lotPoints, long checksum)
    {
        Check(payer, SumCheck.Of(stock, lotPoints), checksum, $"the change of its lots on {stock.RecordedOn:O}");
        _lotPoints += lotPoints;
        if (stock.RecordedOn < before && lotPoints != 0)
        {
            _stocks.Add(KeyValuePair.Create(stock, lotPoints));
        }
    }

    /// <summary>Returns the requested rows.</summary>
    /// <param name="position">The position of the rows.</param>
    /// <exception cref="PayerDamagedException">The rows do not add up to the totals, so one is missing.</exception>
    public PayerDays ToDays(ReadModelPosition position)
    {
        PayerTotal total = _total ?? new PayerTotal(payer, 0, 0);
        return _points == total.Points && _lotPoints == total.Points + total.Outstanding
            ? new PayerDays(position, _total, _flows, _stocks)
            : throw new PayerDamagedException(payer, $"its days come to {_points} points and {_lotPoints} in lots, and its totals to {total.Points} and {total.Points + total.Outstanding}");
    }

    /// <summary>Returns the totals of a payer's row.</summary>
    /// <exception cref="PayerDamagedException">They do not match their checksum.</exception>
    public static PayerTotal ToTotal(PayerName payer, Int128 points, Int128 outstanding, long checksum)
    {
        Check(payer, SumCheck.Of(payer, points, outstanding), checksum, "its totals");
        return new PayerTotal(payer, points, outstanding);
    }

    private static void Check(PayerName payer, long expected, long stored, string what)
    {
        if (expected != stored)
        {
            throw new PayerDamagedException(payer, $"{what} do not match their checksum");
        }
    }
}
