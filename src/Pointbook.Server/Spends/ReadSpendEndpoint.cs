using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Accounts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Spends;

/// <summary><c>GET /v1/accounts/{account}/spends/{id}</c>: what a spend took, and its current status.</summary>
internal static class ReadSpendEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder spends) => spends.MapGet("/{id}", HandleAsync)
        .Describes("Read a spend", "Returns what a spend took and its current status: `pending`, `final` or `reversed`.")
        .Takes(ApiParameters.Id("The id of the spend."))
        .Gives(StatusCodes.Status200OK, "The spend as it is now.", ReplyJson.Default.Spend, Examples.Spend)
        .Refuses([ProblemTable.SpendNotFound, .. ProblemSets.Query]);

    private static async Task<Results<JsonReply<Spend>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromRoute] string id, [FromServices] ILedger ledger)
    {
        Parsed<AccountId> key = AccountParameter.Parse(account);
        if (key.IsRefused)
        {
            return key.Problem;
        }

        if (IdParameter.Parse(id, ledger.PartitionOf(key.Value), ProblemTable.SpendNotFound, out EntryId spendId) is { } missing)
        {
            return missing;
        }

        Outcome<RecordedSpend> outcome = await ledger.ReadSpendAsync(key.Value, spendId, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.FromSubject(outcome.Refusal, ProblemTable.SpendNotFound)
            : new JsonReply<Spend>(StatusCodes.Status200OK, SpendForm.Of(outcome.Value), ReplyJson.Default.Spend);
    }
}
