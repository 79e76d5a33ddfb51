using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Some operations of an account, newest first. Immutable.</summary>
/// <param name="Operations">The operations; with a filter perhaps fewer than asked for although there are more.</param>
/// <param name="Next">Where to go on, see <see cref="HistoryQuery.Before"/>; null at the end.</param>
public sealed record HistoryPage(IReadOnlyList<AccountOperation> Operations, Sequence? Next);

/// <summary>One operation of an account. Immutable.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it is called, see <see cref="OperationKind"/>.</param>
/// <param name="RecordedAt">When it was committed.</param>
/// <param name="Entries">Its entries in order.</param>
/// <param name="IsArchived">Whether a flush has archived it.</param>
public sealed record AccountOperation(EntryId Id, EntryKind Kind, Instant RecordedAt, IReadOnlyList<Entry> Entries, bool IsArchived)
{
    /// <summary>By how much it changes the account's balance.</summary>
    public Points Points => Entries.Aggregate(Points.Zero, (sum, entry) => sum + entry.Points);

    /// <summary>By how much it changes each payer's balance, in order of first entry; payers whose lots alone change are there with zero.</summary>
    public IReadOnlyList<KeyValuePair<PayerName, Points>> Payers
    {
        get
        {
            OrderedDictionary<PayerName, Points> payers = [];
            foreach (Entry entry in Entries.Where(entry => entry.Payer is not null))
            {
                payers[entry.Payer!] = (payers.TryGetValue(entry.Payer!, out Points sum) ? sum : Points.Zero) + entry.Points;
            }

            return [.. payers];
        }
    }
}
