using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.AccountStore;

/// <summary>Finds faults in the pending spends of an account.</summary>
internal static class HoldFault
{
    /// <summary>Checks the holds of a snapshot. The caller must have checked its lines and lots.</summary>
    /// <returns>The fault, or null.</returns>
    public static string? Find(AccountSnapshot snapshot)
    {
        if (snapshot.Holds.Count == 0)
        {
            return null;
        }

        // Directly after a flush, the holds are set aside, and the flush has removed the lines that they return to.
        bool areSetAside = new FlushMarks(snapshot.FlushedThrough, snapshot.FlushedThroughBefore).IsFlushed(snapshot.StandsAt);
        return FindEach(snapshot.Holds, snapshot.StandsAt)
            ?? (areSetAside ? null : FindPayer(snapshot.Holds, snapshot.Payers) ?? FindLot(snapshot))
            ?? FindSum(snapshot.Holds, snapshot.Payers);
    }

    /// <summary>Checks ended holds. The account's own row contains only the sum of all holds.</summary>
    /// <returns>The fault, or null.</returns>
    public static string? Find(IReadOnlyList<HoldSnapshot> ended, IReadOnlyList<PayerSnapshot> payers, Sequence standsAt) =>
        ended.Count == 0 ? null : FindEach([.. ended.OrderBy(hold => hold.Spend)], standsAt) ?? FindPayer(ended, payers) ?? FindSum(ended, payers);

    /// <summary>The sum of the points of holds.</summary>
    public static Int128 SumOf(IEnumerable<HoldSnapshot> holds) =>
        holds.SelectMany(hold => hold.Draws).Aggregate(Int128.Zero, (sum, draw) => sum + draw.Points.Value);

    private static string? FindEach(IReadOnlyList<HoldSnapshot> holds, Sequence standsAt)
    {
        Sequence before = Sequence.Zero;
        foreach (HoldSnapshot hold in holds)
        {
            if (hold.Spend <= before || hold.Spend > standsAt || hold.Draws.Count == 0 || !hold.Draws.All(draw => IsPossible(draw, hold.Spend)))
            {
                return $"the pending spend {hold.Spend} has an invalid id or invalid draws";
            }

            before = hold.Spend;
        }

        return null;
    }

    private static bool IsPossible(in HeldDraw draw, Sequence spend) =>
        draw.Points.IsPositive && draw.Lot.Sequence > Sequence.Zero && draw.Lot.Sequence < spend;

    /// <summary>Finds a draw without a line to return to. Lines stay until a flush.</summary>
    private static string? FindPayer(IReadOnlyList<HoldSnapshot> holds, IReadOnlyList<PayerSnapshot> payers)
    {
        HashSet<PayerName> names = [.. payers.Select(payer => payer.Name)];
        HoldSnapshot? found = holds.FirstOrDefault(hold => hold.Draws.Any(draw => !names.Contains(draw.Payer)));
        return found is null ? null : $"the pending spend {found.Spend} holds points of a payer without a balance";
    }

    /// <summary>Finds a draw whose payer or expiry differs from its open lot or from another draw from that lot.</summary>
    private static string? FindLot(AccountSnapshot snapshot)
    {
        Dictionary<LotKey, (PayerName Payer, Instant? ExpiresAt)> known = [];
        foreach (HoldSnapshot hold in snapshot.Holds)
        {
            foreach (HeldDraw draw in hold.Draws)
            {
                if (!known.TryGetValue(draw.Lot, out (PayerName Payer, Instant? ExpiresAt) lot))
                {
                    lot = FindOpen(snapshot.Lots, draw.Lot) is { } open ? (open.Payer, open.ExpiresAt) : (draw.Payer, draw.ExpiresAt);
                    known.Add(draw.Lot, lot);
                }

                if (draw.Payer != lot.Payer || draw.ExpiresAt != lot.ExpiresAt)
                {
                    return $"the pending spend {hold.Spend} has a draw from lot {draw.Lot.Sequence} that does not match that lot";
                }
            }
        }

        return null;
    }

    private static LotSnapshot? FindOpen(IReadOnlyList<LotSnapshot> lots, LotKey key)
    {
        int low = 0;
        int high = lots.Count;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            (low, high) = lots[middle].Key < key ? (middle + 1, high) : (low, middle);
        }

        return low < lots.Count && lots[low].Key == key ? lots[low] : null;
    }

    /// <summary>Held points may return at any time, so the ledger refuses a credit that would leave no room for them.</summary>
    private static string? FindSum(IReadOnlyList<HoldSnapshot> holds, IReadOnlyList<PayerSnapshot> payers) =>
        SumOf(holds) + payers.Aggregate(Int128.Zero, (sum, payer) => sum + payer.Balance.Value) > long.MaxValue
            ? "its balance and what its pending spends hold do not fit into 64 bits"
            : null;
}
