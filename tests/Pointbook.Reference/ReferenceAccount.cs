using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;

namespace Pointbook.Reference;

/// <summary>One account of the <see cref="ReferenceLedger"/>.</summary>
/// <remarks>This part: transactions and spends.</remarks>
public sealed partial class ReferenceAccount
{
    private List<Credit> _credits = [];
    private List<PayerName> _payers = [];
    private Dictionary<PayerName, Int128> _unsettled = [];
    private int _arrivals;

    /// <summary>The points of all payers together, without the points that pending spends hold.</summary>
    public Int128 Total => Sum(_credits.Select(credit => credit.Left)) - Sum(_unsettled.Values);

    /// <summary>A line for each payer seen since the last flush, in order of first appearance, lines at 0 included.</summary>
    public IReadOnlyList<ReferenceLine> Balance => [.. _payers.Select(payer => new ReferenceLine(payer, (long)BalanceOf(payer)))];

    /// <summary>What each credit can still give, oldest first, without those that can give nothing.</summary>
    public IReadOnlyList<ReferenceLot> NetLots
    {
        get
        {
            Dictionary<PayerName, Int128> unsettled = new(_unsettled);
            List<ReferenceLot> lots = [];
            foreach (Credit credit in OldestFirst())
            {
                Int128 paid = Int128.Min(unsettled[credit.Payer], credit.Left);
                unsettled[credit.Payer] -= paid;
                if (credit.Left > paid)
                {
                    lots.Add(new ReferenceLot(credit.Payer, credit.OccurredAt, credit.Arrival, (long)(credit.Left - paid), credit.ExpiresAt));
                }
            }

            return lots;
        }
    }

    /// <summary>The points of one payer; 0 if the payer is unknown.</summary>
    public Int128 BalanceOf(PayerName payer) =>
        Sum(_credits.Where(credit => credit.Payer == payer).Select(credit => credit.Left)) - UnsettledOf(payer);

    /// <summary>The unpaid deductions of a payer, as a positive number.</summary>
    public Int128 UnsettledOf(PayerName payer) => _unsettled.GetValueOrDefault(payer);

    /// <summary>Adds a transaction, and returns null if it was accepted.</summary>
    /// <param name="payer">Who funds the points.</param>
    /// <param name="points">How many; negative for a deduction.</param>
    /// <param name="occurredAt">When it happened.</param>
    /// <param name="timestampMax">The latest timestamp that is accepted; null for no limit.</param>
    /// <param name="expiresAt">When the rest of the credit expires; null for never.</param>
    public ReferenceRefusal? Add(
        PayerName payer, long points, Instant occurredAt, Instant? timestampMax = null, Instant? expiresAt = null)
    {
        if (RefuseAdd(payer, points, occurredAt, timestampMax, expiresAt) is { } refusal)
        {
            return refusal;
        }

        if (!_payers.Contains(payer))
        {
            _payers.Add(payer);
            _unsettled.Add(payer, 0);
        }

        _isOpen = true;
        _arrivals++;
        if (points > 0)
        {
            _credits.Add(new Credit { Payer = payer, OccurredAt = occurredAt, Arrival = _arrivals, Left = points, ExpiresAt = expiresAt });
        }
        else
        {
            _unsettled[payer] -= points;
        }

        ForgetFlush();
        return null;
    }

    /// <summary>Spends points, oldest first across payers, or refuses and changes nothing.</summary>
    /// <param name="points">How many.</param>
    /// <param name="holdUntil">When the hold ends, which undoes the spend unless it was captured; null if the spend is final at once.</param>
    public ReferenceSpend Spend(long points, Instant? holdUntil = null)
    {
        if (points <= 0)
        {
            return new ReferenceSpend(new ReferenceRefusal(RefusalCode.PointsNotPositive), [], []);
        }

        if (Total < points)
        {
            return new ReferenceSpend(new ReferenceRefusal(RefusalCode.InsufficientPoints, Total), [], []);
        }

        List<Draw> draws = Take(points);
        _spends.Add(new Spent { Number = _spends.Count + 1, Draws = draws, HoldUntil = holdUntil, IsPending = holdUntil is not null });
        ForgetFlush();
        List<ReferenceDraw> lines = [.. draws.Select(ToReferenceDraw)];
        return new ReferenceSpend(null, lines, Allocate(lines));
    }

    private static Int128 Sum(IEnumerable<Int128> amounts) => amounts.Aggregate(Int128.Zero, (sum, amount) => sum + amount);

    private static ReferenceDraw ToReferenceDraw(Draw draw) => new(draw.Credit.Payer, draw.Credit.OccurredAt, draw.Credit.Arrival, (long)draw.Points);

    private static List<ReferenceAllocation> Allocate(List<ReferenceDraw> draws) =>
        [.. draws.Select(draw => draw.Payer).Distinct().Select(payer =>
            new ReferenceAllocation(payer, -draws.Where(draw => draw.Payer == payer).Sum(draw => draw.Points)))];

    private List<Draw> Take(Int128 wanted)
    {
        List<Draw> draws = [];
        foreach (Credit credit in OldestFirst())
        {
            if (wanted == 0)
            {
                break;
            }

            Settle(credit);
            Int128 drawn = Int128.Min(wanted, credit.Left);
            wanted -= drawn;
            credit.Left -= drawn;
            if (drawn > 0)
            {
                draws.Add(new Draw(credit, drawn));
            }
        }

        return draws;
    }

    /// <summary>Pays unpaid deductions of the credit's payer from the credit.</summary>
    private Int128 Settle(Credit credit)
    {
        Int128 settled = Int128.Min(_unsettled[credit.Payer], credit.Left);
        _unsettled[credit.Payer] -= settled;
        credit.Left -= settled;
        return settled;
    }

    private ReferenceRefusal? RefuseAdd(PayerName payer, Int128 points, Instant occurredAt, Instant? timestampMax, Instant? expiresAt)
    {
        if (points == 0)
        {
            return new ReferenceRefusal(RefusalCode.ZeroPoints);
        }

        if (expiresAt is not null && (points < 0 || !(expiresAt > occurredAt)))
        {
            return new ReferenceRefusal(RefusalCode.InvalidExpiry);
        }

        if (occurredAt > timestampMax)
        {
            return new ReferenceRefusal(RefusalCode.TimestampInFuture);
        }

        if (BalanceOf(payer) + points < 0)
        {
            return new ReferenceRefusal(RefusalCode.InsufficientPayerPoints, BalanceOf(payer));
        }

        bool overflows = points > 0 ? Total + Held + points > long.MaxValue : UnsettledOf(payer) - points > long.MaxValue;
        return overflows ? new ReferenceRefusal(RefusalCode.PointsOverflow) : null;
    }

    private IEnumerable<Credit> OldestFirst() => [.. _credits.OrderBy(credit => credit.OccurredAt).ThenBy(credit => credit.Arrival)];

    private sealed class Credit
    {
        public required PayerName Payer { get; init; }

        public required Instant OccurredAt { get; init; }

        public required int Arrival { get; init; }

        public required Instant? ExpiresAt { get; init; }

        public required Int128 Left { get; set; }
    }

    private sealed record Draw(Credit Credit, Int128 Points);
}
