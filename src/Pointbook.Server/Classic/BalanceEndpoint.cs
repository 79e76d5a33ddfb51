using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Classic;

/// <summary><c>GET /balance</c>: one member per payer, in order of first appearance.</summary>
internal static class BalanceEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder classic) => classic.MapGet("/balance", HandleAsync)
        .Describes("Read the balance of each payer", "Returns one member per payer of the account `default`, in order of first appearance.")
        .Gives(StatusCodes.Status200OK, "The points of each payer.", ReplyJson.Default.ClassicBalance, Examples.ClassicBalance)
        .Refuses(ProblemSets.Read);

    private static async Task<Results<JsonReply<OrderedDictionary<string, long>>, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] ILedger ledger)
    {
        Outcome<AccountBalance> outcome = await ledger.ReadBalanceAsync(AccountId.Default, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<OrderedDictionary<string, long>>(
                StatusCodes.Status200OK, ToContract(outcome.Value), ReplyJson.Default.ClassicBalance);
    }

    private static OrderedDictionary<string, long> ToContract(AccountBalance balance)
    {
        OrderedDictionary<string, long> points = new(balance.Payers.Count, StringComparer.Ordinal);
        foreach (Engine.Queries.PayerBalance line in balance.Payers)
        {
            points.Add(line.Payer.Value, line.Points.Value);
        }

        return points;
    }
}
