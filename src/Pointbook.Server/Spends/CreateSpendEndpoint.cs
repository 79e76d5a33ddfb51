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

/// <summary><c>POST /v1/accounts/{account}/spends</c>: spends points, oldest first across payers, or holds them.</summary>
internal static class CreateSpendEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder spends) => spends.MapPost("", HandleAsync)
        .Describes(
            "Spend points",
            "Draws points across payers, oldest first. The reply shows what each payer gave and from which transactions the points came. With `hold`, the "
            + "spend stays pending for that duration. A capture makes it final. A reversal or the end of the hold returns the points.")
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
