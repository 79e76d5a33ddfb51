using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.Hosting;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.Keys;

/// <summary><c>POST /v1/keys/{id}/revocation</c>: ends a key for good. Doing it again does nothing more.</summary>
internal static class RevokeKeyEndpoint
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) => keys.MapPost("/{id}/revocation", HandleAsync)
        .Describes(
            "Revoke a key",
            "From the answer on this process does not take the key any longer, and every other one of the database within `Keys:AgeMax`, a second if nothing else "
            + "is configured. Streams and imports that it began end. A key that is revoked already stays as it was.")
        .Takes(ApiParameters.KeyId)
        .Gives(StatusCodes.Status200OK, "The key, revoked.", ReplyJson.Default.Key, Examples.RevokedKey)
        .Refuses(ProblemTable.KeyNotFound);

    private static async Task<Results<JsonReply<Key>, ProblemReply>> HandleAsync(
        HttpContext context, [FromRoute] string id, [FromServices] KeyDesk desk, [FromServices] ILogger<KeyDesk> logger)
    {
        string? actor = context.Caller().Actor;
        if (!KeyId.TryCreate(id, out KeyId? keyId) || await desk.RevokeAsync(keyId, actor, context.RequestAborted) is not { } key)
        {
            return KeyRoutes.NotFound();
        }

        LogMessages.KeyRevoked(logger, ActorText.Of(actor, KeyDesk.SomebodyHere), key.Name.Value, key.Id.Value);
        return new JsonReply<Key>(StatusCodes.Status200OK, KeyForm.Of(key, desk.Now), ReplyJson.Default.Key);
    }
}
