using Pointbook.Server.OpenApi;

namespace Pointbook.Server.Classic;

/// <summary>The routes of the original service. They work on the account <c>default</c>.</summary>
internal static class ClassicRoutes
{
    /// <summary>Maps all of them.</summary>
    public static void MapClassic(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder classic = routes.MapGroup("").WithTags(ApiTags.Classic);
        AddTransactionEndpoint.Map(classic);
        BalanceEndpoint.Map(classic);
        SpendEndpoint.Map(classic);
        FlushEndpoint.Map(classic);
    }
}
