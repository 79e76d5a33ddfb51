using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Ledger.Commands;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Spends;

namespace Pointbook.Server.Classic;

/// <summary><c>POST /spend</c>: spends points, oldest first across payers. The numbers in the reply are negative.</summary>
internal static class SpendEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder classic) => classic.MapPost("/spend", HandleAsync)
        .Describes("Spend points of the account `default`", "Draws points across payers, oldest first. The reply has one line per payer with a negative number, in order of first draw.")
        .TakesKey()
        .Takes(RequestJson.Default.ClassicSpendRequest, Examples.NewClassicSpend)
        .Gives(StatusCodes.Status200OK, "The change of each payer's balance.", ReplyJson.Default.IReadOnlyListSpendLine, Examples.ClassicSpend)
        .Refuses([.. ProblemSets.Spend, .. ProblemSets.Write]);

    private static async Task<Results<JsonReply<IReadOnlyList<SpendLine>>, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] ILedger ledger, [FromServices] SpendReader reader)
    {
        Parsed<SpendPoints> command = await reader.ReadClassicAsync(context.Request, AccountId.Default);
        if (command.IsRefused)
        {
            return command.Problem;
        }

        Outcome<Receipt> outcome = await ledger.ExecuteAsync(command.Value, context.RequestAborted);
        if (outcome.IsRefused)
        {
            return RefusalReplies.From(outcome.Refusal);
        }

        return new JsonReply<IReadOnlyList<SpendLine>>(
            StatusCodes.Status200OK, Allocations.ToLines(outcome.Value.Operation), ReplyJson.Default.IReadOnlyListSpendLine)
        {
            IsReplay = outcome.Value.IsReplay,
        };
    }
}
