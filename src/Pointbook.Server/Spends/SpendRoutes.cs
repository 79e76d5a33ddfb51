using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Spends;

/// <summary>The routes of an account's spends.</summary>
internal static class SpendRoutes
{
    /// <summary>Maps the routes.</summary>
    public static void MapSpends(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder spends = routes.MapGroup("/v1/accounts/{account}/spends").WithMetadata(QueryNames.None).WithTags(ApiTags.Spends).TakesAccount();
        RouteGroupBuilder reading = spends.MapGroup("").Needs(Scopes.Read, Reach.AccountOfPath);
        PreviewSpendEndpoint.Map(reading);
        ReadSpendEndpoint.Map(reading);

        RouteGroupBuilder spending = spends.MapGroup("").Needs(Scopes.Spend, Reach.AccountOfPath);
        CreateSpendEndpoint.Map(spending);
        CaptureSpendEndpoint.Map(spending);
        ReverseSpendEndpoint.Map(spending);
    }

    /// <summary>The path of a spend.</summary>
    public static string Location(string account, string id) => $"/v1/accounts/{account}/spends/{id}";
}
