using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Problems;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Keys;

/// <summary>The routes of API keys.</summary>
internal static class KeyRoutes
{
    /// <summary>Maps the routes.</summary>
    public static void MapKeys(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder keys = routes.MapGroup("/v1/keys").WithMetadata(QueryNames.None).WithTags(ApiTags.Keys)
            .Needs(Scopes.Admin, Reach.AllAccounts).AddEndpointFilter(AnswerFailuresAsync);
        CreateKeyEndpoint.Map(keys);
        ListKeysEndpoint.Map(keys);
        ReadKeyEndpoint.Map(keys);
        RevokeKeyEndpoint.Map(keys);
    }

    /// <summary>The path of a key.</summary>
    public static string Location(KeyId id) => $"/v1/keys/{id}";

    /// <summary>The reply for a key that does not exist.</summary>
    public static ProblemReply NotFound() => new(ProblemTable.KeyNotFound, "No API key with this id exists. Send an id from GET /v1/keys.", "id");

    private static async ValueTask<object?> AnswerFailuresAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (KeyStoreException)
        {
            return new ProblemReply(
                ProblemTable.KeysUnavailable, "The API key store failed, and the change may or may not have been made. List the API keys before you send the request again.");
        }
    }
}
