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

namespace Pointbook.Server.Accounts;

/// <summary><c>GET /v1/accounts/{account}/lots</c>: what is left of each credit, in spending order.</summary>
internal static class ListLotsEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder account) =>
        account.MapGet("/lots", HandleAsync).WithMetadata(new QueryNames(QueryNames.Limit, QueryNames.Cursor))
        .Describes("List open lots", "Lists what is left of each credit, in spending order. Each lot shows how many points unpaid deductions will take from it first.")
        .Takes(ApiParameters.Limit, ApiParameters.Cursor)
        .Gives(StatusCodes.Status200OK, "A page of lots.", ReplyJson.Default.PageLot, Examples.Lots)
        .Refuses([ProblemTable.InvalidCursor, .. ProblemSets.Read]);

    private static async Task<Results<JsonReply<Page<Lot>>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string account, [FromServices] ILedgerQueries queries)
    {
        Parsed<AccountId> id = AccountParameter.Parse(account);
        if (id.IsRefused)
        {
            return id.Problem;
        }

        QueryReader reader = new(context.Request);
        CursorScope scope = new("lots", id.Value.Value);
        LotPlace? after = ReadPlace(reader, scope);
        int limit = reader.Limit();
        if (reader.Problem is not null)
        {
            return reader.Problem;
        }

        Outcome<LotPage> outcome = await queries.ReadLotsAsync(id.Value, after, limit, context.RequestAborted);
        return outcome.IsRefused
            ? RefusalReplies.From(outcome.Refusal)
            : new JsonReply<Page<Lot>>(StatusCodes.Status200OK, ToContract(outcome.Value, scope), ReplyJson.Default.PageLot);
    }

    private static Page<Lot> ToContract(LotPage page, CursorScope scope) => new(
        [.. page.Lots.Select(lot => ToContract(lot, page.Partition))],
        page.Next is null ? null : scope.Write(LotCursor.Write(page.Next)));

    private static Lot ToContract(OpenLot lot, int partition) => new(
        new EntryId(partition, lot.Key.Sequence).ToString(),
        lot.Payer.Value,
        lot.Key.OccurredAt.ToDateTimeOffset(),
        lot.Points.Value,
        lot.Deductions.Value,
        lot.Points.Value - lot.Deductions.Value)
    {
        ExpiresAt = lot.ExpiresAt?.ToDateTimeOffset(),
    };

    private static LotPlace? ReadPlace(QueryReader reader, CursorScope scope)
    {
        LotPlace? after = null;
        if (reader.Place(scope) is { } place && !LotCursor.TryRead(place, out after))
        {
            reader.RefuseCursor();
        }

        return after;
    }
}
