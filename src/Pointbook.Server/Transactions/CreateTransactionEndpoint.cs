using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Answers;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Entries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Transactions;

/// <summary><c>POST /v1/accounts/{account}/transactions</c>: adds a credit or a deduction.</summary>
internal static class CreateTransactionEndpoint
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder accounts) => accounts.MapPost("/transactions", HandleAsync);

    private static async Task<Results<JsonReply<Transaction>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedger ledger, [FromServices] TransactionReader reader)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        Parsed<AddTransaction> command = await reader.ReadAsync(context.Request, id.Value);
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Transaction>(StatusCodes.Status201Created, ToContract(outcome.Value), ReplyJson.Default.Transaction)
            {
                IsReplay = outcome.Value.IsReplay,
            };
    }

    private static Transaction ToContract(Receipt receipt)
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
