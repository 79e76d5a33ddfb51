using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Security;

namespace Pointbook.Server.Classic;

/// <summary>The routes of the original service. They use the account <c>default</c>.</summary>
internal static class ClassicRoutes
{
    /// <summary>Maps the routes.</summary>
    public static void MapClassic(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder classic = routes.MapGroup("").WithTags(ApiTags.Classic);
        AddTransactionEndpoint.Map(classic.MapGroup("").Needs(Scopes.Add, Reach.DefaultAccount));
        BalanceEndpoint.Map(classic.MapGroup("").Needs(Scopes.Read, Reach.DefaultAccount));
        SpendEndpoint.Map(classic.MapGroup("").Needs(Scopes.Spend, Reach.DefaultAccount));
        FlushEndpoint.Map(classic.MapGroup("").Needs(Scopes.Flush, Reach.DefaultAccount));
    }
}
