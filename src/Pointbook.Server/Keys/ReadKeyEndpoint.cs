using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Keys;

/// <summary><c>GET /v1/keys/{id}</c>: a key, revoked or not.</summary>
internal static class ReadKeyEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder keys) => keys.MapGet("/{id}", HandleAsync)
        .Describes("Read an API key", "Returns the scopes, account limits, creator and status of an API key.")
        .Takes(ApiParameters.KeyId)
        .Gives(StatusCodes.Status200OK, "The API key.", ReplyJson.Default.Key, Examples.Key)
        .Refuses(ProblemTable.KeyNotFound);

    private static async Task<Results<JsonReply<Key>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string id, [FromServices] KeyDesk desk) =>
        KeyId.TryCreate(id, out KeyId? keyId) && await desk.FindAsync(keyId, context.RequestAborted) is { } key
            ? new JsonReply<Key>(StatusCodes.Status200OK, KeyForm.Of(key, desk.Now), ReplyJson.Default.Key)
            : KeyRoutes.NotFound();
}
