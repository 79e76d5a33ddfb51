using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;

namespace Pointbook.Server.Bulk;

/// <summary>The route that accepts many transactions in one request.</summary>
internal static class BulkRoutes
{
    /// <summary>Adds the services of the route.</summary>
    public static void AddBulk(this IServiceCollection services)
    {
        services.AddOptions<BulkOptions>().BindConfiguration("Bulk").ValidateOnStart();
        services.AddSingleton<IValidateOptions<BulkOptions>>(new FaultValidator<BulkOptions>(static options => options.Fault()));
        services.AddSingleton<ArrayImport>().AddSingleton<LineImports>();
    }

    /// <summary>Maps the route.</summary>
    public static void MapBulk(this IEndpointRouteBuilder routes) =>
        AddTransactionsEndpoint.Map(routes.MapGroup("/v1/transactions").WithTags(ApiTags.Bulk).Needs(Scopes.Add, Reach.AccountsOfRequest));
}
