using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Entries;

namespace Pointbook.Server.Transactions;

/// <summary>Converts operations to items of an account's history.</summary>
internal static class TransactionForm
{
    /// <summary>Converts a transaction that was just added.</summary>
    public static Transaction Of(Receipt receipt) => Of(new AccountOperation(
        receipt.Id, OperationKind.Of(receipt.Head), receipt.RecordedAt, receipt.Operation, IsArchived: false));

    /// <summary>Converts an operation of any kind.</summary>
    public static Transaction Of(AccountOperation operation)
    {
        Entry first = operation.Operation.FirstEntries[0];
        bool hasTimestamp = operation.Kind is EntryKind.Credit or EntryKind.Deduction;
        bool hasLines = operation.Kind is EntryKind.Spend or EntryKind.Reversal or EntryKind.Flush or EntryKind.Restore;
        bool hasOnePayer = hasTimestamp || operation.Kind == EntryKind.Expiry;
        return new Transaction
        {
            Id = operation.Id.ToString(),
            Account = first.Account.Value,
            Kind = KindNames.Of(operation.Kind),
            Payer = hasOnePayer ? first.Payer!.Value : null,
            Points = operation.Operation.Points.Value,
            BalanceAfter = operation.Operation.BalanceAfter.Value,
            Timestamp = hasTimestamp ? first.OccurredAt!.Value.ToDateTimeOffset() : null,
            ExpiresAt = hasOnePayer ? first.ExpiresAt?.ToDateTimeOffset() : null,
            RecordedAt = operation.RecordedAt.ToDateTimeOffset(),
            SubjectId = SubjectOf(operation, first)?.ToString(),
            Payers = hasLines ? PayersOf(operation.Operation) : null,
            LinesCount = hasLines ? operation.Operation.LineCount : null,
            LinesUrl = hasLines ? TransactionRoutes.Lines(first.Account.Value, operation.Id) : null,
            Reference = first.Origin?.Reference,
            Reason = first.Origin?.Reason,
            Actor = first.Origin?.Actor,
            Archived = operation.IsArchived ? true : null,
        };
    }

    private static EntryId? SubjectOf(AccountOperation operation, Entry first) =>
        (operation.Kind == EntryKind.Expiry ? first.Lot : first.Subject) is { } subject
            ? new EntryId(operation.Id.Partition, subject)
            : null;

    /// <summary>The change of each payer's balance. A spend may settle a payer's deductions without a draw; then it does not change that payer's balance.</summary>
    private static List<PayerChange> PayersOf(OperationOutline operation) =>
        [.. operation.Payers.Where(payer => !payer.IsSettledOnly).Select(payer => new PayerChange(payer.Payer.Value, payer.Points.Value))];
}
