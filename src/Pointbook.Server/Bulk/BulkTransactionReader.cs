using System.Text.Json;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;
using Pointbook.Server.Transactions;

namespace Pointbook.Server.Bulk;

/// <summary>Reads commands to add transactions out of items or lines. Thread-safe.</summary>
/// <param name="caller">Who sends them.</param>
internal sealed class BulkTransactionReader(Caller caller)
{
    /// <summary>Reads the command, or says what is wrong.</summary>
    /// <param name="json">The item or line.</param>
    /// <param name="part">What it is called in sentences.</param>
    public Parsed<AddTransaction> Read(ReadOnlySpan<byte> json, string part)
    {
        try
        {
            if (JsonSerializer.Deserialize(json, RequestJson.Default.BulkTransaction) is BulkTransaction transaction)
            {
                return ToCommand(transaction);
            }
        }
        catch (JsonException)
        {
            // The second pass below says what is wrong, in words that the serializer does not have.
        }

        return JsonFaults.Find(json, RequestJson.Default.BulkTransaction, part);
    }

    private Parsed<AddTransaction> ToCommand(BulkTransaction item)
    {
        if (!AccountId.TryCreate(item.Account, out AccountId? account, out string? error))
        {
            return new ProblemReply(ProblemTable.InvalidAccount, $"account {error}.", "account");
        }

        if (AccessCheck.Fault(caller, account) is { } notAllowed)
        {
            return notAllowed;
        }

        IdempotencyKey? key = null;
        if (item.IdempotencyKey is not null && !IdempotencyKey.TryCreate(item.IdempotencyKey, out key, out error))
        {
            return new ProblemReply(ProblemTable.InvalidIdempotencyKey, $"idempotencyKey {error}.", "idempotencyKey");
        }

        TransactionRequest transaction = new(item.Payer, item.Points, item.Timestamp)
        {
            ExpiresAt = item.ExpiresAt,
            Reference = item.Reference,
            Reason = item.Reason,
        };
        Parsed<AddTransaction> command = TransactionReader.ToCommand(account, transaction);
        if (command.IsRefused)
        {
            return command;
        }

        AddTransaction add = RequestOrigin.By(caller, command.Value);
        return key is null ? add : IdempotencyHeader.WithKey(add, key);
    }
}
