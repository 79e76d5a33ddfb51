using Pointbook.Server.Spends;
using Pointbook.Server.Transactions;

namespace Pointbook.Server.Accounts;

/// <summary>The routes of one account.</summary>
internal static class AccountRoutes
{
    /// <summary>Maps all of them.</summary>
    public static void MapAccounts(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder accounts = routes.MapGroup("/v1/accounts/{account}");
        CreateTransactionEndpoint.Map(accounts);
        CreateSpendEndpoint.Map(accounts);
        ReadBalanceEndpoint.Map(accounts);
    }
}
