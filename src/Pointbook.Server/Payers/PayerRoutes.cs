using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Payers;

/// <summary>The routes of payers over all accounts.</summary>
internal static class PayerRoutes
{
    /// <summary>Maps the routes.</summary>
    public static void MapPayers(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder payers = routes.MapGroup("/v1/payers").WithMetadata(QueryNames.None).WithTags(ApiTags.Payers)
            .Needs(Scopes.Read, Reach.AllAccounts);
        ListPayersEndpoint.Map(payers);
    }
}
