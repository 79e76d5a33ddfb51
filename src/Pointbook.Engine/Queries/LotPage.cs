using Pointbook.Ledger.Accounts;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;

namespace Pointbook.Engine.Queries;

/// <summary>Some open lots of one account in the order in which they are spent. Immutable.</summary>
/// <param name="Partition">The partition of the account.</param>
/// <param name="AsOf">When they were read.</param>
/// <param name="Lots">The lots.</param>
/// <param name="HasMore">Whether there are lots behind the last one.</param>
public sealed record LotPage(int Partition, Instant AsOf, IReadOnlyList<OpenLot> Lots, bool HasMore)
{
    /// <summary>Reads them off an account.</summary>
    /// <param name="partition">The partition.</param>
    /// <param name="account">The account.</param>
    /// <param name="after">Only lots behind this one; all if null.</param>
    /// <param name="countMax">How many at most.</param>
    internal static LotPage Of(int partition, AccountAsOf account, LotKey? after, int countMax)
    {
        List<OpenLot> lots = [];
        Dictionary<PayerName, Points> owed = [];
        foreach (Lot lot in account.OpenLots())
        {
            // What a payer owes is paid by its first lots, so those before the page count as well.
            Points owes = owed.TryGetValue(lot.Payer.Name, out Points left) ? left : account.OutstandingOf(lot.Payer);
            Points deductions = Points.Min(owes, lot.Remaining);
            owed[lot.Payer.Name] = owes - deductions;
            if (after is not null && lot.Key <= after.Value)
            {
                continue;
            }

            if (lots.Count == countMax)
            {
                return new LotPage(partition, account.AsOf, lots, HasMore: true);
            }

            lots.Add(new OpenLot(lot.Key, lot.Payer.Name, lot.Remaining, deductions, lot.ExpiresAt));
        }

        return new LotPage(partition, account.AsOf, lots, HasMore: false);
    }
}

/// <summary>One open lot.</summary>
/// <param name="Key">What identifies and orders it; its sequence is that of the credit.</param>
/// <param name="Payer">Who funds it.</param>
/// <param name="Points">What is left of it.</param>
/// <param name="Deductions">How much of that outstanding deductions of the payer will take.</param>
/// <param name="ExpiresAt">When it expires, or null.</param>
public readonly record struct OpenLot(LotKey Key, PayerName Payer, Points Points, Points Deductions, Instant? ExpiresAt);
