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

namespace Pointbook.Server.Spends;

/// <summary><c>POST /v1/accounts/{account}/spends</c>: spends points, oldest first across payers, or holds them for a spend.</summary>
internal static class CreateSpendEndpoint
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder spends) => spends.MapPost("", HandleAsync)
        .Describes(
            "Spend points",
            "Draws the points oldest first across payers, and tells what each payer gave and which transactions it was taken from. With `hold` the "
            + "spend stays pending for that long: capture makes it final, a reversal or the end of the hold gives the points back.")
        .TakesKey()
        .Takes(RequestJson.Default.SpendRequest, Examples.NewSpend)
        .Gives(StatusCodes.Status201Created, "The spend.", ReplyJson.Default.Spend, Examples.Spend)
        .Gives(ApiHeaders.Location)
        .Refuses([.. ProblemSets.Spend, .. ProblemSets.SpendTexts, .. ProblemSets.Write]);

    private static async Task<Results<JsonReply<Spend>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedger ledger, [FromServices] SpendReader reader)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        Parsed<SpendPoints> command = await reader.ReadAsync(context.Request, id.Value);
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        if (outcome.IsRefused)
        {
            return RefusalReplies.From(outcome.Refusal);
        }

        Spend spend = SpendForm.Of(outcome.Value);
        return new JsonReply<Spend>(StatusCodes.Status201Created, spend, ReplyJson.Default.Spend)
        {
            IsReplay = outcome.Value.IsReplay,
            Location = SpendRoutes.Location(spend.Account, spend.Id),
        };
    }
}
