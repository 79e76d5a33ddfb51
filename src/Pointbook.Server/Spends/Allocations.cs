using Pointbook.Engine.Answers;
using Pointbook.Ledger.Entries;

namespace Pointbook.Server.Spends;

/// <summary>Sums up a spend's draws.</summary>
internal static class Allocations
{
    /// <summary>How many points each payer gave, in order of first draw. The numbers are positive.</summary>
    public static OrderedDictionary<string, long> Of(Receipt receipt)
    {
        OrderedDictionary<string, long> points = new(StringComparer.Ordinal);
        foreach (Entry entry in receipt.Entries)
        {
            if (entry.Kind == EntryKind.Draw)
            {
                string payer = entry.Payer!.Value;
                points[payer] = points.GetValueOrDefault(payer) - entry.Points.Value;
            }
        }

        return points;
    }
}
