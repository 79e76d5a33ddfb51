using Pointbook.Ledger.Entries;

namespace Pointbook.Server.Spends;

/// <summary>Sums up a spend's draws, or a reversal's returns.</summary>
internal static class Allocations
{
    /// <summary>How many points each payer gave or got back, in order of its first entry. The numbers are positive.</summary>
    /// <param name="entries">The entries of the operation.</param>
    /// <param name="kind">The kind of those that count.</param>
    public static OrderedDictionary<string, long> Of(IReadOnlyList<Entry> entries, EntryKind kind)
    {
        OrderedDictionary<string, long> points = new(StringComparer.Ordinal);
        foreach (Entry entry in entries)
        {
            if (entry.Kind == kind)
            {
                string payer = entry.Payer!.Value;
                points[payer] = points.GetValueOrDefault(payer) + Math.Abs(entry.Points.Value);
            }
        }

        return points;
    }
}
