using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;

namespace Pointbook.Server.JournalFeed;

/// <summary>The routes that show the journal.</summary>
internal static class JournalRoutes
{
    /// <summary>Adds the services of the routes.</summary>
    public static void AddJournalFeed(this IServiceCollection services)
    {
        services.AddOptions<FeedOptions>().BindConfiguration("Feed").ValidateOnStart();
        services.AddSingleton<IValidateOptions<FeedOptions>>(new FaultValidator<FeedOptions>(static options => options.Fault()));
        services.AddSingleton<JournalStreams>();
    }

    /// <summary>Maps the routes.</summary>
    public static void MapJournalFeed(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder journal = routes.MapGroup("/v1/journal").WithMetadata(QueryNames.None).WithTags(ApiTags.Journal)
            .Needs(Scopes.Read, Reach.AllAccounts);
        ListPartitionsEndpoint.Map(journal);
        ReadJournalEndpoint.Map(journal);
    }
}
