using Pointbook.Contracts;
using Pointbook.Engine.Answers;
using Pointbook.Ledger.Entries;

namespace Pointbook.Server.Bulk;

/// <summary>Turns what was written into what clients see.</summary>
internal static class BulkTransactions
{
    /// <summary>The transaction of a receipt.</summary>
    public static Transaction ToContract(Receipt receipt)
    {
        Entry entry = receipt.Entries[0];
        return new Transaction(
            receipt.Id.ToString(),
            entry.Account.Value,
            entry.Payer!.Value,
            entry.Points.Value,
            entry.OccurredAt!.Value.ToDateTimeOffset(),
            receipt.RecordedAt.ToDateTimeOffset());
    }
}
