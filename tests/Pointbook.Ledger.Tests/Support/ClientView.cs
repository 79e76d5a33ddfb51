using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Reference;

namespace Pointbook.Ledger.Tests.Support;

/// <summary>What the server answers to clients, derived from entries and state.</summary>
internal static class ClientView
{
    public static IEnumerable<ReferenceLine> BalanceOf(AccountState state) =>
        state.Payers.Select(payer => new ReferenceLine(payer.Name, payer.Balance.Value));

    public static IEnumerable<ReferenceAllocation> AllocationsOf(IEnumerable<Entry> entries) =>
        entries.Where(entry => entry.Kind == EntryKind.Draw)
            .GroupBy(entry => entry.Payer!)
            .Select(draws => new ReferenceAllocation(draws.Key, draws.Sum(draw => draw.Points.Value)));

    /// <summary>What each lot can still give after its payer's deductions are paid from that payer's oldest lots.</summary>
    public static IEnumerable<(LotKey Key, PayerName Payer, long Points)> NetLotsOf(AccountSnapshot snapshot)
    {
        Dictionary<PayerName, long> owed = snapshot.Payers.ToDictionary(payer => payer.Name, payer => payer.Outstanding.Value);
        foreach (LotSnapshot lot in snapshot.Lots)
        {
            long paid = Math.Min(owed[lot.Payer], lot.Remaining.Value);
            owed[lot.Payer] -= paid;
            if (paid < lot.Remaining.Value)
            {
                yield return (lot.Key, lot.Payer, lot.Remaining.Value - paid);
            }
        }
    }
}
