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

/// <summary><c>POST /v1/keys/{id}/revocation</c>: revokes a key permanently. Revoking it again changes nothing.</summary>
internal static class RevokeKeyEndpoint
{
    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder keys) => keys.MapPost("/{id}/revocation", HandleAsync)
        .Describes(
            "Revoke an API key",
            "After the reply, this server process refuses the key. Other processes on the same database refuse it within `Keys:AgeMax`, by default one second. "
            + "The server ends streams and imports that use the key. Revoking a revoked key changes nothing.")
        .Takes(ApiParameters.KeyId)
        .Gives(StatusCodes.Status200OK, "The revoked API key.", ReplyJson.Default.Key, Examples.RevokedKey)
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
