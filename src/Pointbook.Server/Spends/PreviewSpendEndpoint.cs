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

/// <summary><c>POST /v1/accounts/{account}/spends/preview</c>: returns what a spend would take, and writes nothing.</summary>
internal static class PreviewSpendEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder spends) => spends.MapPost("/preview", HandleAsync)
        .Describes("Preview a spend", "Returns what a spend would take if the server carried it out now. The server writes nothing and does not use up an idempotency key.")
        .Takes(RequestJson.Default.SpendRequest, Examples.NewSpend)
        .Gives(StatusCodes.Status200OK, "What the spend would take.", ReplyJson.Default.SpendPreview, Examples.Preview)
        .Refuses([.. ProblemSets.Spend, .. ProblemSets.SpendTexts, ProblemTable.InvalidIdempotencyKey, .. ProblemSets.Read]);

    private static async Task<Results<JsonReply<Contracts.SpendPreview>, ProblemReply>> HandleAsync(
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

        Outcome<Engine.Queries.SpendPreview> outcome = await ledger.PreviewSpendAsync(command.Value, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Contracts.SpendPreview>(
                StatusCodes.Status200OK, SpendForm.Of(id.Value, outcome.Value), ReplyJson.Default.SpendPreview);
    }
}
