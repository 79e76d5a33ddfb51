using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;

namespace Pointbook.Server.Transactions;

/// <summary>The routes of an account's transactions and of its archive.</summary>
internal static class TransactionRoutes
{
    /// <summary>Maps all of them.</summary>
    public static void MapTransactions(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder transactions = routes.MapGroup("/v1/accounts/{account}/transactions")
            .WithMetadata(QueryNames.None).WithTags(ApiTags.Transactions).TakesAccount();
        CreateTransactionEndpoint.Map(transactions);
        ListTransactionsEndpoint.Map(transactions);
        ReadTransactionEndpoint.Map(transactions);

        RouteGroupBuilder archive = routes.MapGroup("/v1/accounts/{account}/archive")
            .WithMetadata(QueryNames.None).WithTags(ApiTags.Flushes).TakesAccount();
        ListArchiveEndpoint.Map(archive);
    }

    /// <summary>Where a transaction can be read.</summary>
    public static string Location(string account, string id) => $"/v1/accounts/{account}/transactions/{id}";
}
