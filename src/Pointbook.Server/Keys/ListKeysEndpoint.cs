using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Keys;

/// <summary><c>GET /v1/keys</c>: all keys, including revoked ones, in order of creation.</summary>
internal static class ListKeysEndpoint
{
    private static readonly CursorScope Scope = new("keys");

    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder keys) => keys.MapGet("", HandleAsync)
        .WithMetadata(new QueryNames(QueryNames.Limit, QueryNames.Cursor))
        .Describes("List API keys", "Lists all API keys in order of creation, including revoked ones. The server does not store the secrets.")
        .Takes(ApiParameters.Limit, ApiParameters.Cursor)
        .Gives(StatusCodes.Status200OK, "A page of API keys.", ReplyJson.Default.PageKey, Examples.Keys)
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

        // One more than the page needs shows whether more keys follow.
        IReadOnlyList<ApiKey> keys = await desk.ListAsync(after, limit + 1, context.RequestAborted);
        List<ApiKey> page = [.. keys.Take(limit)];
        string? next = keys.Count > limit ? Scope.Write(page[^1].Id.Value) : null;
        return new JsonReply<Page<Key>>(
            StatusCodes.Status200OK, new Page<Key>([.. page.Select(key => KeyForm.Of(key, desk.Now))], next), ReplyJson.Default.PageKey);
    }
}
