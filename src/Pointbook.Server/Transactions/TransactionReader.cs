using Pointbook.Contracts;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Transactions;

/// <summary>Reads a command to add a transaction from a request.</summary>
internal sealed class TransactionReader(JsonBody body)
{
    /// <summary>Reads the command from a request of the resource API.</summary>
    public async ValueTask<Parsed<AddTransaction>> ReadAsync(HttpRequest request, AccountId account)
    {
        Parsed<TransactionRequest> parsed = await body.ReadAsync(request, RequestJson.Default.TransactionRequest);
        if (parsed.IsRefused)
        {
            return parsed.Problem;
        }

        Parsed<AddTransaction> command = ToCommand(account, parsed.Value);
        return command.IsRefused ? command.Problem : RequestOrigin.Apply(request, command.Value);
    }

    /// <summary>Reads the command from a request of the classic route.</summary>
    public async ValueTask<Parsed<AddTransaction>> ReadClassicAsync(HttpRequest request, AccountId account)
    {
        Parsed<ClassicTransactionRequest> parsed = await body.ReadAsync(request, RequestJson.Default.ClassicTransactionRequest);
        if (parsed.IsRefused)
        {
            return parsed.Problem;
        }

        ClassicTransactionRequest classic = parsed.Value;
        Parsed<AddTransaction> command = ToCommand(account, new TransactionRequest(classic.Payer, classic.Points, classic.Timestamp));
        return command.IsRefused ? command.Problem : RequestOrigin.Apply(request, command.Value);
    }

    /// <summary>Converts a transaction to a command, without its key.</summary>
    public static Parsed<AddTransaction> ToCommand(AccountId account, TransactionRequest transaction)
    {
        if (!PayerName.TryCreate(transaction.Payer, out PayerName? payer, out string? error))
        {
            return new ProblemReply(ProblemTable.InvalidPayer, $"`payer` {error}.", "payer");
        }

        Instant occurredAt = Instant.FromDateTimeOffset(transaction.Timestamp);
        AddTransaction command = new(account, payer, new Points(transaction.Points), occurredAt)
        {
            ExpiresAt = transaction.ExpiresAt is { } expiresAt ? Instant.FromDateTimeOffset(expiresAt) : null,
        };
        return RequestTexts.Apply(command, transaction.Reference, transaction.Reason);
    }
}
