using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Accounts;

/// <summary>The routes of the accounts.</summary>
internal static class AccountRoutes
{
    /// <summary>Maps the routes.</summary>
    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder accounts = routes.MapGroup("/v1/accounts").WithMetadata(QueryNames.None).WithTags(ApiTags.Accounts)
            .Needs(Scopes.Read, Reach.AccountsOfRequest);
        ListAccountsEndpoint.Map(accounts);

        RouteGroupBuilder account = routes.MapGroup("/v1/accounts/{account}").WithMetadata(QueryNames.None).WithTags(ApiTags.Accounts).TakesAccount()
            .Needs(Scopes.Read, Reach.AccountOfPath);
        ReadBalanceEndpoint.Map(account);
        ListLotsEndpoint.Map(account);
    }
}
