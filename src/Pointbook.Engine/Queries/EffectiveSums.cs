using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Adds up the points of entries that were effective by an instant. Not thread-safe.</summary>
internal sealed class EffectiveSums(Instant effectiveAt)
{
    private readonly OrderedDictionary<PayerName, Int128> _sums = [];

    /// <summary>The sums in order of each payer's first entry.</summary>
    public IReadOnlyList<KeyValuePair<PayerName, Int128>> Payers => [.. _sums];

    /// <summary>Adds an entry. A transaction is effective at its timestamp, an expiry when the lot expires, and any other entry when it was recorded.</summary>
    public void Add(Entry entry, Instant recordedAt)
    {
        Instant effective = entry.Kind switch
        {
            EntryKind.Credit or EntryKind.Deduction => entry.OccurredAt!.Value,
            EntryKind.Expiry => entry.ExpiresAt!.Value,
            _ => recordedAt,
        };
        if (entry.Payer is not null && effective <= effectiveAt)
        {
            _sums[entry.Payer] = (_sums.TryGetValue(entry.Payer, out Int128 sum) ? sum : 0) + entry.Points.Value;
        }
    }
}
