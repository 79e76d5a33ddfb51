using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Keys;

/// <summary><c>GET /v1/keys</c>: the keys there are and were, in the order in which they were created.</summary>
internal static class ListKeysEndpoint
{
    private static readonly CursorScope Scope = new("keys");

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) => keys.MapGet("", HandleAsync)
        .WithMetadata(new QueryNames(QueryNames.Limit, QueryNames.Cursor))
        .Describes("List keys", "The keys in the order in which they were created, revoked ones included. What makes them secret is not kept.")
        .Takes(ApiParameters.Limit, ApiParameters.Cursor)
        .Gives(StatusCodes.Status200OK, "A page of keys.", ReplyJson.Default.PageKey, Examples.Keys)
        .Refuses(ProblemTable.InvalidCursor);

    private static async Task<Results<JsonReply<Page<Key>>, ProblemReply>> HandleAsync(HttpContext context, [FromServices] KeyDesk desk)
    {
        QueryReader reader = new(context.Request);
        KeyId? after = null;
        if (reader.Place(Scope) is { } place && !KeyId.TryCreate(place, out after))
        {
            reader.RefuseCursor();
        }

        int limit = reader.Limit();
        if (reader.Problem is not null)
        {
            return reader.Problem;
        }

        // One more than asked for tells whether there are more.
        IReadOnlyList<ApiKey> keys = await desk.ListAsync(after, limit + 1, context.RequestAborted);
        List<ApiKey> page = [.. keys.Take(limit)];
        string? next = keys.Count > limit ? Scope.Write(page[^1].Id.Value) : null;
        return new JsonReply<Page<Key>>(
            StatusCodes.Status200OK, new Page<Key>([.. page.Select(key => KeyForm.Of(key, desk.Now))], next), ReplyJson.Default.PageKey);
    }
}
