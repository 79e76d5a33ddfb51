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

/// <summary><c>POST /v1/keys</c>: creates a key and shows it once.</summary>
internal static class CreateKeyEndpoint
{
    private const string SecretOnce =
        $"`{IdempotencyHeader.Name}` is not supported, because the server shows an API key only once. Omit the header. If you receive no reply, "
        + "list the API keys, revoke the new one and create another.";

    /// <summary>Maps the endpoint.</summary>
    public static void Map(RouteGroupBuilder keys) => keys.MapPost("", HandleAsync)
        .Describes(
            "Create an API key",
            "The reply contains the key in `secret`. The server shows it only once and stores only its SHA-256. The journal records the key's name with every write that uses it. After the first key "
            + "was created, every client needs credentials. `Idempotency-Key` is not supported.")
        .Takes(RequestJson.Default.KeyRequest, Examples.NewKey)
        .Gives(StatusCodes.Status201Created, "The API key.", ReplyJson.Default.Key, Examples.CreatedKey)
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
        return new ProblemReply(kind, $"`{member}` {fault.Error}.", member);
    }

    private static ProblemReply Problem(KeyAddition addition, KeyName name) => addition == KeyAddition.NameTaken
        ? new ProblemReply(ProblemTable.KeyNameTaken, $"An API key named {name} exists and isn't revoked. Revoke it first, or choose another name.", "name")
        : new ProblemReply(ProblemTable.TooManyKeys, "The number of API keys has reached Keys:CountMax. Revoke keys that are no longer needed.");
}
