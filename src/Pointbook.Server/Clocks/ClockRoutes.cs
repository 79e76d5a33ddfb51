using Microsoft.Extensions.Options;
using Pointbook.Access;
using Pointbook.Server.OpenApi;
using Pointbook.Server.Queries;
using Pointbook.Server.Security;

namespace Pointbook.Server.Clocks;

/// <summary>The routes of the clock.</summary>
internal static class ClockRoutes
{
    /// <summary>The path where an operator confirms the clock.</summary>
    public const string Confirmation = "/v1/clock/confirmation";

    /// <summary>The path where a test sets the clock.</summary>
    public const string Test = "/v1/test/clock";

    /// <summary>Adds the options that the routes depend on.</summary>
    public static void AddClockRoutes(this IServiceCollection services) => services.AddOptions<TestingOptions>().BindConfiguration("Testing");

    /// <summary>Maps the routes. The route of the test clock exists only with <see cref="TestingOptions.Clock"/>.</summary>
    public static void MapClock(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("").WithMetadata(QueryNames.None).WithTags(ApiTags.Clock).Needs(Scopes.Admin, Reach.AllAccounts);
        ConfirmClockEndpoint.Map(group);
        if (routes.ServiceProvider.GetRequiredService<IOptions<TestingOptions>>().Value.Clock)
        {
            SetTestClockEndpoint.Map(group);
        }
    }
}
