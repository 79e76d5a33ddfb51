using System.Runtime.InteropServices;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.ReadModel;

/// <summary>The changes of payers' sums over all accounts: totals, flows by day, and stocks by the age of lots. Not thread-safe.</summary>
/// <remarks>The store updates all three together with the position, in one transaction. Days are in UTC.</remarks>
public sealed class PayerSumChanges
{
    private const long MicrosecondsPerDay = TimeSpan.TicksPerDay / TimeSpan.TicksPerMicrosecond;
    private static readonly long EpochDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    private readonly Dictionary<PayerName, PayerTotalChange> _totals = [];
    private readonly Dictionary<PayerFlow, Int128> _flows = [];
    private readonly Dictionary<PayerStock, Int128> _stocks = [];

    /// <summary>The change of each payer's totals, in payer order.</summary>
    public IEnumerable<PayerTotalChange> Totals => _totals.Values.OrderBy(total => total.Payer);

    /// <summary>The changes of flows, ordered by payer, then by recorded day.</summary>
    public IEnumerable<KeyValuePair<PayerFlow, Int128>> Flows =>
        _flows.OrderBy(flow => flow.Key.Payer).ThenBy(flow => flow.Key.RecordedOn).ThenBy(flow => flow.Key.Kind).ThenBy(flow => flow.Key.OccurredOn);

    /// <summary>The changes of the points left in lots, ordered by payer, then by recorded day. Changes that cancel out are not included.</summary>
    public IEnumerable<KeyValuePair<PayerStock, Int128>> Stocks =>
        _stocks.Where(stock => stock.Value != 0).OrderBy(stock => stock.Key.Payer).ThenBy(stock => stock.Key.RecordedOn)
            .ThenBy(stock => stock.Key.OccurredOn).ThenBy(stock => stock.Key.ExpiresOn);

    /// <summary>The number of changed sums.</summary>
    internal int RowCount => _totals.Count + _flows.Count + _stocks.Count;

    internal void Add(Entry entry, Instant recordedAt)
    {
        if (entry.Payer is null)
        {
            return;
        }

        ref PayerTotalChange total = ref CollectionsMarshal.GetValueRefOrAddDefault(_totals, entry.Payer, out _);
        total = new PayerTotalChange(entry.Payer, total.Points + entry.Points.Value, total.Outstanding + entry.LotPoints.Value - entry.Points.Value);
        DateOnly recordedOn = DayOf(recordedAt);
        if (!entry.Points.IsZero)
        {
            bool isTransaction = entry.Kind is EntryKind.Credit or EntryKind.Deduction;
            PayerFlow flow = new(entry.Payer, recordedOn, entry.Kind, isTransaction ? DayOf(entry.OccurredAt!.Value) : null);
            CollectionsMarshal.GetValueRefOrAddDefault(_flows, flow, out _) += entry.Points.Value;
        }

        if (!entry.LotPoints.IsZero)
        {
            PayerStock stock = new(entry.Payer, recordedOn, DayOf(entry.OccurredAt!.Value), entry.ExpiresAt is { } expiresAt ? DayOf(expiresAt) : null);
            CollectionsMarshal.GetValueRefOrAddDefault(_stocks, stock, out _) += entry.LotPoints.Value;
        }
    }

    // A round computes up to three days for each entry, so this is plain arithmetic. No instant is before the year 1.
    private static DateOnly DayOf(Instant instant) =>
        DateOnly.FromDayNumber((int)((instant.UnixMicroseconds + (EpochDay * MicrosecondsPerDay)) / MicrosecondsPerDay));
}

/// <summary>The change of one payer's sums over all accounts.</summary>
/// <param name="Payer">The payer.</param>
/// <param name="Points">The change of its points.</param>
/// <param name="Outstanding">The change of its outstanding deductions.</param>
public readonly record struct PayerTotalChange(PayerName Payer, Int128 Points, Int128 Outstanding);

/// <summary>The key of a change of a payer's balances, by day and kind.</summary>
/// <param name="Payer">The payer.</param>
/// <param name="RecordedOn">The day of the commit.</param>
/// <param name="Kind">Credit, deduction, draw, return, expiry, flush or restore.</param>
/// <param name="OccurredOn">The day of the transaction's timestamp; null for all but credits and deductions.</param>
public readonly record struct PayerFlow(PayerName Payer, DateOnly RecordedOn, EntryKind Kind, DateOnly? OccurredOn);

/// <summary>The key of a change of a payer's lots, by day, age and expiry.</summary>
/// <param name="Payer">The payer.</param>
/// <param name="RecordedOn">The day of the commit.</param>
/// <param name="OccurredOn">The day of the lots' timestamps.</param>
/// <param name="ExpiresOn">The day on which the lots expire; null if they do not expire.</param>
public readonly record struct PayerStock(PayerName Payer, DateOnly RecordedOn, DateOnly OccurredOn, DateOnly? ExpiresOn);
