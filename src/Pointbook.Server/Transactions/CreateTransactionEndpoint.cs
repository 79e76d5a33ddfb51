using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Transactions;

/// <summary><c>POST /v1/accounts/{account}/transactions</c>: adds a credit or a deduction.</summary>
internal static class CreateTransactionEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder transactions) => transactions.MapPost("", HandleAsync)
        .Describes(
            "Add a transaction",
            "Adds a credit, or a deduction if `points` is negative. For a deduction, the payer must have enough points in the account.")
        .TakesKey()
        .Takes(RequestJson.Default.TransactionRequest, Examples.NewTransaction)
        .Gives(StatusCodes.Status201Created, "The transaction as recorded.", ReplyJson.Default.Transaction, Examples.Credit)
        .Gives(ApiHeaders.Location)
        .Refuses([.. ProblemSets.Transaction, ProblemTable.InvalidText, ProblemTable.InvalidExpiry, .. ProblemSets.Write]);

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
        if (outcome.IsRefused)
        {
            return RefusalReplies.From(outcome.Refusal);
        }

        Transaction transaction = TransactionForm.Of(outcome.Value);
        return new JsonReply<Transaction>(StatusCodes.Status201Created, transaction, ReplyJson.Default.Transaction)
        {
            IsReplay = outcome.Value.IsReplay,
            Location = TransactionRoutes.Location(transaction.Account, transaction.Id),
        };
    }
}
