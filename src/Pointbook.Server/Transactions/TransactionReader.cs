using Pointbook.Contracts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Transactions;

/// <summary>Reads the command to add a transaction out of a request.</summary>
internal sealed class TransactionReader(JsonBody body)
{
    /// <summary>Reads the command.</summary>
    public async ValueTask<Parsed<AddTransaction>> ReadAsync(HttpRequest request, AccountId account)
    {
        Parsed<TransactionRequest> parsed = await body.ReadAsync(request, RequestJson.Default.TransactionRequest);
        if (parsed.IsRefused)
        {
            return parsed.Problem;
        }

        TransactionRequest transaction = parsed.Value;
        if (!PayerName.TryCreate(transaction.Payer, out PayerName? payer, out string? error))
        {
            return new ProblemReply(ProblemTable.InvalidPayer, $"payer {error}.", "payer");
        }

        Instant occurredAt = Instant.FromDateTimeOffset(transaction.Timestamp);
        return IdempotencyHeader.Apply(request, new AddTransaction(account, payer, new Points(transaction.Points), occurredAt));
    }
}
