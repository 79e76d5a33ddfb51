using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Contracts;
using Pointbook.Engine;
using Pointbook.Engine.Queries;
using Pointbook.Ledger.Values;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Payers;

/// <summary><c>GET /v1/payers</c>: the outstanding points of each payer over all accounts.</summary>
internal static class ListPayersEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder payers) =>
        payers.MapGet("", HandleAsync).WithMetadata(new QueryNames(QueryNames.Payer, QueryNames.Limit, QueryNames.Cursor))
        .Describes("List payers", "Lists the outstanding points of each payer over all accounts. Sums may exceed 64 bits.")
        .Takes(ApiParameters.Payer, ApiParameters.Limit, ApiParameters.Cursor)
        .Gives(StatusCodes.Status200OK, "A page of payers.", ReplyJson.Default.PagePayerSummary, Examples.Payers)
        .Refuses([ProblemTable.InvalidCursor, .. ProblemSets.Query]);

    private static async Task<Results<JsonReply<Page<PayerSummary>>, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] ILedgerQueries queries)
    {
        QueryReader reader = new(context.Request);
        PayerName? only = reader.Payer();
        CursorScope scope = new("payers", only?.Value);
        PayerName? after = ReadPlace(reader, scope);
        int limit = reader.Limit();
        if (reader.Problem is not null)
        {
            return reader.Problem;
        }

        Outcome<PayerPage> outcome = await queries.ListPayersAsync(only, after, limit, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Page<PayerSummary>>(
                StatusCodes.Status200OK, ToContract(outcome.Value, scope), ReplyJson.Default.PagePayerSummary);
    }

    private static Page<PayerSummary> ToContract(PayerPage page, CursorScope scope) => new(
        [.. page.Payers.Select(total => new PayerSummary(total.Payer.Value, total.Points, total.Outstanding, total.Due))],
        page.HasMore ? scope.Write(page.Payers[^1].Payer.Value) : null);

    private static PayerName? ReadPlace(QueryReader reader, CursorScope scope)
    {
        PayerName? after = null;
        if (reader.Place(scope) is { } place && !PayerName.TryCreate(place, out after, out _))
        {
            reader.RefuseCursor();
        }

        return after;
    }
}
