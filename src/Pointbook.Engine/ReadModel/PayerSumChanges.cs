using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>By how much payers' sums over all accounts change: their totals, what flowed on which day, and how old what is left is. Not thread-safe.</summary>
/// <remarks>All three move with the position, in its transaction. Days are of UTC.</remarks>
public sealed class PayerSumChanges
{
    private readonly Dictionary<PayerName, PayerTotalChange> _totals = [];
    private readonly Dictionary<PayerFlow, Int128> _flows = [];
    private readonly Dictionary<PayerStock, Int128> _stocks = [];

    /// <summary>The change of each payer's totals, in payer order.</summary>
    public IEnumerable<PayerTotalChange> Totals => _totals.Values.OrderBy(total => total.Payer);

    /// <summary>The change of the points that flowed, in payer and then recorded-day order.</summary>
    public IEnumerable<KeyValuePair<PayerFlow, Int128>> Flows =>
        _flows.OrderBy(flow => flow.Key.Payer).ThenBy(flow => flow.Key.RecordedOn).ThenBy(flow => flow.Key.Kind).ThenBy(flow => flow.Key.OccurredOn);

    /// <summary>The change of what is left in lots, in payer and then recorded-day order; changes that cancel out are left out.</summary>
    public IEnumerable<KeyValuePair<PayerStock, Int128>> Stocks =>
        _stocks.Where(stock => stock.Value != 0).OrderBy(stock => stock.Key.Payer).ThenBy(stock => stock.Key.RecordedOn)
            .ThenBy(stock => stock.Key.OccurredOn).ThenBy(stock => stock.Key.ExpiresOn);

    internal void Add(Entry entry, Instant recordedAt)
    {
        if (entry.Payer is null)
        {
            return;
        }

        PayerTotalChange total = _totals.GetValueOrDefault(entry.Payer, new PayerTotalChange(entry.Payer, 0, 0));
        _totals[entry.Payer] = total with
        {
            Points = total.Points + entry.Points.Value,
            Outstanding = total.Outstanding + entry.LotPoints.Value - entry.Points.Value,
        };
        DateOnly recordedOn = DayOf(recordedAt);
        if (!entry.Points.IsZero)
        {
            bool isTransaction = entry.Kind is EntryKind.Credit or EntryKind.Deduction;
            PayerFlow flow = new(entry.Payer, recordedOn, entry.Kind, isTransaction ? DayOf(entry.OccurredAt!.Value) : null);
            _flows[flow] = _flows.GetValueOrDefault(flow) + entry.Points.Value;
        }

        if (!entry.LotPoints.IsZero)
        {
            PayerStock stock = new(entry.Payer, recordedOn, DayOf(entry.OccurredAt!.Value), entry.ExpiresAt is { } expiresAt ? DayOf(expiresAt) : null);
            _stocks[stock] = _stocks.GetValueOrDefault(stock) + entry.LotPoints.Value;
        }
    }

    private static DateOnly DayOf(Instant instant) => DateOnly.FromDateTime(instant.ToDateTimeOffset().UtcDateTime);
}

/// <summary>By how much one payer's sums over all accounts change.</summary>
/// <param name="Payer">Whose sums.</param>
/// <param name="Points">The change of its points.</param>
/// <param name="Outstanding">The change of its outstanding deductions.</param>
public readonly record struct PayerTotalChange(PayerName Payer, Int128 Points, Int128 Outstanding);

/// <summary>What the points of a payer's balances change by, by day and kind.</summary>
/// <param name="Payer">Whose points.</param>
/// <param name="RecordedOn">The day of the commit.</param>
/// <param name="Kind">Credit, deduction, draw, return, expiry, flush or restore.</param>
/// <param name="OccurredOn">The day of the transaction's timestamp; null for all but credits and deductions.</param>
public readonly record struct PayerFlow(PayerName Payer, DateOnly RecordedOn, EntryKind Kind, DateOnly? OccurredOn);

/// <summary>What the points in a payer's lots change by, by day, age and expiry.</summary>
/// <param name="Payer">Whose lots.</param>
/// <param name="RecordedOn">The day of the commit.</param>
/// <param name="OccurredOn">The day of the lots' timestamps.</param>
/// <param name="ExpiresOn">The day on which the lots expire; null if they do not.</param>
public readonly record struct PayerStock(PayerName Payer, DateOnly RecordedOn, DateOnly OccurredOn, DateOnly? ExpiresOn);
