using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Transactions;

namespace Pointbook.Server.Spends;

/// <summary>Converts spends to the contract.</summary>
internal static class SpendForm
{
    /// <summary>Converts a spend as it was executed, without later changes.</summary>
    public static Spend Of(Receipt receipt)
    {
        Entry header = receipt.Head;
        return new Spend
        {
            Id = receipt.Id.ToString(),
            Account = header.Account.Value,
            Points = PointsOf(receipt.Operation),
            Status = header.ExpiresAt is null ? Contracts.SpendStatus.Final : Contracts.SpendStatus.Pending,
            RecordedAt = receipt.RecordedAt.ToDateTimeOffset(),
            HoldUntil = header.ExpiresAt?.ToDateTimeOffset(),
            Reference = header.Origin?.Reference,
            Reason = header.Origin?.Reason,
            Actor = header.Origin?.Actor,
            Allocations = Allocations.Of(receipt.Operation),
            Draws = DrawsOf(receipt.Partition, receipt.Operation),
            LinesCount = receipt.Operation.LineCount,
            LinesUrl = TransactionRoutes.LinesUnlessWhole(receipt),
        };
    }

    /// <summary>Converts a spend with its current status.</summary>
    public static Spend Of(RecordedSpend spend) => Of(spend.Receipt) with
    {
        Status = spend.Status switch
        {
            Engine.Queries.SpendStatus.Pending => Contracts.SpendStatus.Pending,
            Engine.Queries.SpendStatus.Final => Contracts.SpendStatus.Final,
            _ => Contracts.SpendStatus.Reversed,
        },
        ReversalId = spend.Reversal?.ToString(),
    };

    /// <summary>Converts a preview.</summary>
    public static Contracts.SpendPreview Of(AccountId account, Engine.Queries.SpendPreview preview) => new(
        account.Value,
        PointsOf(preview.Operation),
        preview.AsOf.ToDateTimeOffset(),
        Allocations.Of(preview.Operation),
        DrawsOf(preview.Partition, preview.Operation),
        preview.Operation.LineCount);

    /// <summary>The number of points that a spend draws.</summary>
    public static long PointsOf(OperationOutline spend) => -spend.Points.Value;

    private static List<Draw> DrawsOf(int partition, OperationOutline spend)
    {
        List<Draw> draws = new(spend.FirstEntries.Count);
        foreach (Entry entry in spend.FirstEntries)
        {
            if (entry.Kind == EntryKind.Draw)
            {
                EntryId transaction = new(partition, entry.Lot!.Value);
                draws.Add(new Draw(
                    transaction.ToString(), entry.Payer!.Value, entry.OccurredAt!.Value.ToDateTimeOffset(), -entry.Points.Value));
            }
        }

        return draws;
    }
}
