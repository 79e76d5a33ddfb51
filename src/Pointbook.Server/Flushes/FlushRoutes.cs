using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Flushes;

/// <summary>The routes that flush an account and restore the flush.</summary>
internal static class FlushRoutes
{
    /// <summary>Maps the routes.</summary>
    public static void MapFlushes(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder account = routes.MapGroup("/v1/accounts/{account}").WithMetadata(QueryNames.None).WithTags(ApiTags.Flushes).TakesAccount()
            .Needs(Scopes.Flush, Reach.AccountOfPath);
        CreateFlushEndpoint.Map(account);
        RestoreFlushEndpoint.Map(account);
    }
}
