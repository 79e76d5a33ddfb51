using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Erasures;

/// <summary>The route that erases an account.</summary>
internal static class ErasureRoutes
{
    /// <summary>Maps the endpoint.</summary>
    public static void MapErasures(this IEndpointRouteBuilder routes) => CreateErasureEndpoint.Map(
        routes.MapGroup("/v1/accounts/{account}").WithMetadata(QueryNames.None).WithTags(ApiTags.Accounts).TakesAccount().Needs(Scopes.Admin, Reach.AccountOfPath));
}
