using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Statements;

/// <summary>The routes of statements.</summary>
internal static class StatementRoutes
{
    /// <summary>Maps the routes.</summary>
    public static void MapStatements(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder statement = routes.MapGroup("/v1/statement").WithMetadata(QueryNames.None).WithTags(ApiTags.Payers)
            .Needs(Scopes.Read, Reach.AllAccounts);
        ReadStatementEndpoint.Map(statement);
    }
}
