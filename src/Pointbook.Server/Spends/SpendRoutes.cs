using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Spends;

/// <summary>The routes of an account's spends.</summary>
internal static class SpendRoutes
{
    /// <summary>Maps all of them.</summary>
    public static void MapSpends(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder spends = routes.MapGroup("/v1/accounts/{account}/spends").WithMetadata(QueryNames.None).WithTags(ApiTags.Spends).TakesAccount();
        CreateSpendEndpoint.Map(spends);
        PreviewSpendEndpoint.Map(spends);
        ReadSpendEndpoint.Map(spends);
        CaptureSpendEndpoint.Map(spends);
        ReverseSpendEndpoint.Map(spends);
    }

    /// <summary>Where a spend can be read.</summary>
    public static string Location(string account, string id) => $"/v1/accounts/{account}/spends/{id}";
}
