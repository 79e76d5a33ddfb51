using Pointbook.Engine.Journal;
using Pointbook.Engine.ReadModel;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>The points left in expired lots that the sweeper has not handled yet, by payer, from the rows of accounts at one moment. Immutable.</summary>
/// <param name="Position">The position of the rows: they contain every entry up to its last one, and none after its target.</param>
/// <param name="Points">The points of each payer that has any.</param>
/// <param name="Unknown">The accounts whose rows are damaged, so that the sums exclude their lots.</param>
public sealed record DueSums(AccountStorePosition Position, IReadOnlyDictionary<PayerName, Int128> Points, IReadOnlySet<AccountId> Unknown)
{
    /// <summary>The range of the journal that the caller must read to compute the due points at another position.</summary>
    /// <param name="position">The position.</param>
    public (ReadModelPosition After, Sequence Through) RangeTo(ReadModelPosition position) => (
        position.Last < Position.Last ? position : new ReadModelPosition(Position.Last, Position.Seal),
        position.Last > Position.TargetLast ? position.Last : Position.TargetLast);

    /// <summary>Computes the due points at another position. Each entry that changes a lot states the lot's expiry, so the sums follow from the entries between.</summary>
    /// <param name="position">The position.</param>
    /// <param name="now">The instant of the sums.</param>
    /// <param name="commits">The commits of <see cref="RangeTo"/>.</param>
    /// <returns>The points of each payer. Null if an entry between the rows' position and target counts, because only some rows may contain it.</returns>
    public async ValueTask<IReadOnlyDictionary<PayerName, Int128>?> AtAsync(Sequence position, Instant now, IAsyncEnumerable<Commit> commits)
    {
        ArgumentNullException.ThrowIfNull(commits);
        Dictionary<PayerName, Int128> points = new(Points);
        await foreach (Commit commit in commits.ConfigureAwait(false))
        {
            foreach (Entry entry in commit.Entries.Where(entry => IsDue(entry, now)))
            {
                if (entry.Sequence > Position.Last && entry.Sequence <= Position.TargetLast)
                {
                    return null;
                }

                Int128 change = entry.Sequence > Position.Last ? entry.LotPoints.Value : -(Int128)entry.LotPoints.Value;
                bool isBetween = entry.Sequence > Position.Last ? entry.Sequence <= position : entry.Sequence > position;
                if (isBetween)
                {
                    points[entry.Payer!] = points.GetValueOrDefault(entry.Payer!) + change;
                }
            }
        }

        return points;
    }

    private bool IsDue(Entry entry, Instant now) => !entry.LotPoints.IsZero && entry.ExpiresAt <= now && !Unknown.Contains(entry.Account);
}
