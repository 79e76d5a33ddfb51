using Pointbook.Access;
using Pointbook.Engine;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Transactions;

/// <summary>The routes of an account's transactions and of its archive.</summary>
internal static class TransactionRoutes
{
    /// <summary>Maps the routes.</summary>
    public static void MapTransactions(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder transactions = routes.MapGroup("/v1/accounts/{account}/transactions")
            .WithMetadata(QueryNames.None).WithTags(ApiTags.Transactions).TakesAccount();
        CreateTransactionEndpoint.Map(transactions.MapGroup("").Needs(Scopes.Add, Reach.AccountOfPath));

        RouteGroupBuilder reading = transactions.MapGroup("").Needs(Scopes.Read, Reach.AccountOfPath);
        ListTransactionsEndpoint.Map(reading);
        ReadTransactionEndpoint.Map(reading);
        ListLinesEndpoint.Map(reading);

        RouteGroupBuilder archive = routes.MapGroup("/v1/accounts/{account}/archive")
            .WithMetadata(QueryNames.None).WithTags(ApiTags.Flushes).TakesAccount().Needs(Scopes.Read, Reach.AccountOfPath);
        ListArchiveEndpoint.Map(archive);
    }

    /// <summary>The path of the lines of a transaction.</summary>
    public static string Lines(string account, EntryId id) => $"{Location(account, id.ToString())}/lines";

    /// <summary>The path of the lines of an operation; null if the receipt has all of them.</summary>
    public static string? LinesUnlessWhole(Receipt receipt) => receipt.Operation.IsWhole ? null : Lines(receipt.Head.Account.Value, receipt.Id);

    /// <summary>The path of a transaction.</summary>
    public static string Location(string account, string id) => $"/v1/accounts/{account}/transactions/{id}";
}
