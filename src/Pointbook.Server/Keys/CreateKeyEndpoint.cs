using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.Hosting;
using Pointbook.Server.Idempotency;
using Pointbook.Server.Json;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;

namespace Pointbook.Server.Keys;

/// <summary><c>POST /v1/keys</c>: creates a key and shows it, once.</summary>
internal static class CreateKeyEndpoint
{
    private const string SecretOnce =
        $"{IdempotencyHeader.Name} is not taken here: the key is shown once, and cannot be shown again to a repeated request. Leave the header out; if no answer came, "
        + "list the keys, revoke the new one and create another.";

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder keys) => keys.MapPost("", HandleAsync)
        .Describes(
            "Create a key",
            "The reply has the key itself in `secret`, once: only its SHA-256 is kept. The name is written on everything that is done with it. Once there "
            + "was a key, every caller needs one. `Idempotency-Key` is not taken.")
        .Takes(RequestJson.Default.KeyRequest, Examples.NewKey)
        .Gives(StatusCodes.Status201Created, "The key.", ReplyJson.Default.Key, Examples.CreatedKey)
        .Gives(ApiHeaders.Location)
        .Refuses(
            ProblemTable.InvalidIdempotencyKey, ProblemTable.InvalidKeyName, ProblemTable.InvalidScope, ProblemTable.InvalidAccount,
            ProblemTable.InvalidDuration, ProblemTable.KeyNameTaken, ProblemTable.TooManyKeys);

    private static async Task<Results<JsonReply<Key>, ProblemReply>> HandleAsync(
        HttpContext context, [FromServices] JsonBody body, [FromServices] KeyDesk desk, [FromServices] ILogger<KeyDesk> logger)
    {
        if (context.Request.Headers.ContainsKey(IdempotencyHeader.Name))
        {
            return new ProblemReply(ProblemTable.InvalidIdempotencyKey, SecretOnce, IdempotencyHeader.Name);
        }

        Parsed<KeyRequest> parsed = await body.ReadAsync(context.Request, RequestJson.Default.KeyRequest);
        if (parsed.IsRefused)
        {
            return parsed.Problem;
        }

        KeyRequest request = parsed.Value;
        if (!new KeyWish(request.Name, request.Scopes, request.Accounts, request.ExpiresAfter).TryUnderstand(out KeyOrder? order, out KeyWishFault? fault))
        {
            return Problem(fault);
        }

        string? actor = context.Caller().Actor;
        KeySecret secret = KeyDesk.NewSecret();
        (ApiKey key, KeyAddition addition) = await desk.CreateAsync(order, secret, actor, context.RequestAborted);
        if (addition != KeyAddition.Added)
        {
            return Problem(addition, order.Name);
        }

        LogMessages.KeyCreated(
            logger,
            ActorText.Of(actor, KeyDesk.SomebodyHere),
            key.Name.Value,
            key.Id.Value,
            ScopeNames.ToText(key.Scopes),
            key.Accounts.AreThere ? key.Accounts.ToString() : "all accounts",
            key.ExpiresAt?.ToString() ?? "it is revoked");
        return new JsonReply<Key>(
            StatusCodes.Status201Created, KeyForm.Of(key, desk.Now) with { Secret = secret.Reveal() }, ReplyJson.Default.Key)
        {
            Location = KeyRoutes.Location(key.Id),
        };
    }

    private static ProblemReply Problem(KeyWishFault fault)
    {
        (ProblemKind kind, string member) = fault.Part switch
        {
            KeyWishPart.Name => (ProblemTable.InvalidKeyName, "name"),
            KeyWishPart.Scopes => (ProblemTable.InvalidScope, "scopes"),
            KeyWishPart.Accounts => (ProblemTable.InvalidAccount, "accounts"),
            _ => (ProblemTable.InvalidDuration, "expiresAfter"),
        };
        return new ProblemReply(kind, $"{member} {fault.Error}.", member);
    }

    private static ProblemReply Problem(KeyAddition addition, KeyName name) => addition == KeyAddition.NameTaken
        ? new ProblemReply(ProblemTable.KeyNameTaken, $"A key that is not revoked is called {name}; revoke it first, or choose another name.", "name")
        : new ProblemReply(ProblemTable.TooManyKeys, "There are as many keys as Keys:CountMax allows; revoke keys that nobody needs any longer.");
}
