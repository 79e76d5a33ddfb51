using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>The changes of one payer's points between two UTC days, by time of recording. Immutable.</summary>
/// <remarks>
/// Amounts of changes are given as positive numbers. <see cref="Opening"/> and <see cref="Closing"/> are sums of balances, and are never
/// negative. Opening + credited - deducted - spent + returned - expired - flushed + restored = closing.
/// </remarks>
/// <param name="Payer">The payer.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last one.</param>
public sealed record PayerStatement(PayerName Payer, DateOnly From, DateOnly To)
{
    /// <summary>The points before <see cref="From"/>.</summary>
    public required Int128 Opening { get; init; }

    /// <summary>The points credited.</summary>
    public required Int128 Credited { get; init; }

    /// <summary>The points that the payer deducted.</summary>
    public required Int128 Deducted { get; init; }

    /// <summary>The points spent, including pending spends.</summary>
    public required Int128 Spent { get; init; }

    /// <summary>The points that reversals and ends of holds returned.</summary>
    public required Int128 Returned { get; init; }

    /// <summary>The points that expired.</summary>
    public required Int128 Expired { get; init; }

    /// <summary>The points flushed.</summary>
    public required Int128 Flushed { get; init; }

    /// <summary>The points restored.</summary>
    public required Int128 Restored { get; init; }

    /// <summary>The points before <see cref="To"/>, added up from the changes of balances.</summary>
    public required Int128 Closing { get; init; }

    /// <summary>How much of <see cref="Credited"/> has a timestamp before <see cref="From"/>.</summary>
    public required Int128 CreditedLate { get; init; }

    /// <summary>How much of <see cref="Deducted"/> has a timestamp before <see cref="From"/>.</summary>
    public required Int128 DeductedLate { get; init; }

    /// <summary>The points left in lots, by age relative to <see cref="To"/>: 0 to 90, 91 to 180, 181 to 365, over 365 days.</summary>
    public required IReadOnlyList<Int128> Ageing { get; init; }

    /// <summary>Deductions that no lot has paid for yet. They are subtracted from <see cref="Closing"/>, but not from the points left in lots.</summary>
    public required Int128 UnpaidDeductions { get; init; }

    /// <summary>The points left in lots that expired before <see cref="To"/> and were not swept by then.</summary>
    public required Int128 Due { get; init; }

    /// <summary>The points left in lots that expire within 30 days from <see cref="To"/>.</summary>
    public required Int128 ExpiringIn30Days { get; init; }

    /// <summary>The points left in lots that expire within 90 days from <see cref="To"/>.</summary>
    public required Int128 ExpiringIn90Days { get; init; }

    /// <summary>
    /// Whether the changes of balances lead from opening to closing, and no sum that must not be negative is negative. The points in
    /// lots are added up separately, so they check closing.
    /// </summary>
    public bool AddsUp =>
        Opening + Credited - Deducted - Spent + Returned - Expired - Flushed + Restored == Closing
        && Opening >= 0 && Closing >= 0 && UnpaidDeductions >= 0 && Ageing.All(points => points >= 0)
        && Due >= 0 && ExpiringIn30Days >= 0 && ExpiringIn90Days >= ExpiringIn30Days;

    /// <summary>Computes a statement from the daily sums that the read model of each partition keeps.</summary>
    public static PayerStatement Of(PayerName payer, DateOnly from, DateOnly to, IReadOnlyList<PayerDays> partitions)
    {
        List<KeyValuePair<PayerFlow, Int128>> flows = [.. partitions.SelectMany(days => days.Flows).Where(flow => flow.Key.RecordedOn < to)];
        List<KeyValuePair<PayerStock, Int128>> stocks = [.. partitions.SelectMany(days => days.Stocks).Where(stock => stock.Key.RecordedOn < to)];
        return new PayerStatement(payer, from, to)
        {
            Opening = Sum(flows.Where(flow => flow.Key.RecordedOn < from)),
            Credited = Flow(EntryKind.Credit),
            Deducted = -Flow(EntryKind.Deduction),
            Spent = -Flow(EntryKind.Draw),
            Returned = Flow(EntryKind.Return),
            Expired = -Flow(EntryKind.Expiry),
            Flushed = -Flow(EntryKind.Flush),
            Restored = Flow(EntryKind.Restore),
            Closing = Sum(flows),
            CreditedLate = Late(EntryKind.Credit),
            DeductedLate = -Late(EntryKind.Deduction),
            Ageing = [Aged(int.MinValue, 90), Aged(91, 180), Aged(181, 365), Aged(366, int.MaxValue)],
            UnpaidDeductions = Sum(stocks) - Sum(flows),
            Due = Expiring(DateOnly.MinValue.DayNumber, to.DayNumber),
            ExpiringIn30Days = Expiring(to.DayNumber, to.DayNumber + 30),
            ExpiringIn90Days = Expiring(to.DayNumber, to.DayNumber + 90),
        };

        Int128 Flow(EntryKind kind) => Sum(flows.Where(flow => flow.Key.Kind == kind && flow.Key.RecordedOn >= from));
        Int128 Late(EntryKind kind) =>
            Sum(flows.Where(flow => flow.Key.Kind == kind && flow.Key.RecordedOn >= from && flow.Key.OccurredOn < from));
        Int128 Aged(int daysMin, int daysMax) => Sum(stocks.Where(stock =>
            to.DayNumber - stock.Key.OccurredOn.DayNumber >= daysMin && to.DayNumber - stock.Key.OccurredOn.DayNumber <= daysMax));
        Int128 Expiring(int firstDay, int endDay) => Sum(stocks.Where(stock =>
            stock.Key.ExpiresOn?.DayNumber >= firstDay && stock.Key.ExpiresOn?.DayNumber < endDay));
    }

    private static Int128 Sum<T>(IEnumerable<KeyValuePair<T, Int128>> sums) => sums.Aggregate(Int128.Zero, (total, sum) => total + sum.Value);
}
