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

/// <summary>Converts the items or lines of a request to commands that add transactions. Not thread-safe.</summary>
/// <param name="context">The request.</param>
internal sealed class BulkTransactionReader(HttpContext context)
{
    private readonly Caller _caller = context.Caller();

    /// <summary>Reads the command, or returns the problem.</summary>
    /// <param name="json">The item or line.</param>
    /// <param name="part">The word for it in messages.</param>
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
            // The second pass below describes the fault in words that the serializer does not provide.
        }

        return JsonFaults.Find(json, RequestJson.Default.BulkTransaction, part);
    }

    private Parsed<AddTransaction> ToCommand(BulkTransaction item)
    {
        if (!AccountId.TryCreate(item.Account, out AccountId? account, out string? error))
        {
            return new ProblemReply(ProblemTable.InvalidAccount, $"`account` {error}.", "account");
        }

        if (AccessCheck.Fault(_caller, account) is { } notAllowed)
        {
            PartialRefusals.Of(context).AddItem(notAllowed);
            return notAllowed;
        }

        IdempotencyKey? key = null;
        if (item.IdempotencyKey is not null && !IdempotencyKey.TryCreate(item.IdempotencyKey, out key, out error))
        {
            return new ProblemReply(ProblemTable.InvalidIdempotencyKey, $"`idempotencyKey` {error}.", "idempotencyKey");
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

        AddTransaction add = RequestOrigin.By(_caller, command.Value);
        return key is null ? add : IdempotencyHeader.WithKey(add, key);
    }
}
