using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>What became of one payer's points between two days of UTC, by when it was recorded. Immutable.</summary>
/// <remarks>
/// All amounts are positive but for <see cref="Opening"/> and <see cref="Closing"/>, which are sums of balances and never
/// negative either. Opening + credited - deducted - spent + returned - expired - flushed + restored = closing.
/// </remarks>
/// <param name="Payer">Whose points.</param>
/// <param name="From">The first day.</param>
/// <param name="To">The day after the last one.</param>
public sealed record PayerStatement(PayerName Payer, DateOnly From, DateOnly To)
{
    /// <summary>The points before <see cref="From"/>.</summary>
    public required Int128 Opening { get; init; }

    /// <summary>What came in.</summary>
    public required Int128 Credited { get; init; }

    /// <summary>What the payer took back.</summary>
    public required Int128 Deducted { get; init; }

    /// <summary>What was spent, pending spends included.</summary>
    public required Int128 Spent { get; init; }

    /// <summary>What reversals and ends of holds gave back.</summary>
    public required Int128 Returned { get; init; }

    /// <summary>What expired.</summary>
    public required Int128 Expired { get; init; }

    /// <summary>What was flushed.</summary>
    public required Int128 Flushed { get; init; }

    /// <summary>What was restored.</summary>
    public required Int128 Restored { get; init; }

    /// <summary>The points before <see cref="To"/>, added up from the changes of balances.</summary>
    public required Int128 Closing { get; init; }

    /// <summary>How much of <see cref="Credited"/> has a timestamp before <see cref="From"/>.</summary>
    public required Int128 CreditedLate { get; init; }

    /// <summary>How much of <see cref="Deducted"/> has a timestamp before <see cref="From"/>.</summary>
    public required Int128 DeductedLate { get; init; }

    /// <summary>What is left in lots, by age relative to <see cref="To"/>: 0 to 90, 91 to 180, 181 to 365, over 365 days.</summary>
    public required IReadOnlyList<Int128> Ageing { get; init; }

    /// <summary>Deductions that no lot has paid for yet; they are in no lot and not in <see cref="Closing"/>.</summary>
    public required Int128 UnpaidDeductions { get; init; }

    /// <summary>What is left in lots that expired before <see cref="To"/> and were not swept by then.</summary>
    public required Int128 Due { get; init; }

    /// <summary>What is left in lots that expire within 30 days from <see cref="To"/>.</summary>
    public required Int128 ExpiringIn30Days { get; init; }

    /// <summary>What is left in lots that expire within 90 days from <see cref="To"/>.</summary>
    public required Int128 ExpiringIn90Days { get; init; }

    /// <summary>
    /// Whether the changes of balances lead from opening to closing, and what lots hold, which is added up apart from them, covers
    /// closing in every way it must: no age and no deduction comes to less than nothing.
    /// </summary>
    public bool AddsUp =>
        Opening + Credited - Deducted - Spent + Returned - Expired - Flushed + Restored == Closing
        && Opening >= 0 && Closing >= 0 && UnpaidDeductions >= 0 && Ageing.All(points => points >= 0)
        && Due >= 0 && ExpiringIn30Days >= 0 && ExpiringIn90Days >= ExpiringIn30Days;

    /// <summary>Adds a statement up from the sums that the projection of each partition keeps.</summary>
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
