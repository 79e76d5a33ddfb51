using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Transactions;

namespace Pointbook.Server.Classic;

/// <summary><c>POST /addTransaction</c>: adds a credit or a deduction.</summary>
internal static class AddTransactionEndpoint
{
    private static readonly byte[] Added = [.. "Transaction Added"u8];

    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder classic) => classic.MapPost("/addTransaction", HandleAsync)
        .Describes("Add a transaction", "Adds a credit, or a deduction if `points` is negative, to the account `default`.")
        .TakesKey()
        .Takes(RequestJson.Default.ClassicTransactionRequest, Examples.NewClassicTransaction)
        .GivesText(StatusCodes.Status200OK, "The transaction was added.", "Transaction Added")
        .Refuses([.. ProblemSets.Transaction, .. ProblemSets.Write]);

    private static async Task<Results<TextReply, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] ILedger ledger, [FromServices] TransactionReader reader)
    {
        Parsed<AddTransaction> command = await reader.ReadClassicAsync(context.Request, AccountId.Default);
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new TextReply(Added) { IsReplay = outcome.Value.IsReplay };
    }
}
