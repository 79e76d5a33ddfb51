using Microsoft.Extensions.Options;
using Pointbook.Server.Security;
using Pointbook.Server.Storage;

namespace Pointbook.Server.Health;

/// <summary>The routes that report whether the process is alive and whether it is ready.</summary>
internal static class HealthRoutes
{
    /// <summary>The tag of checks that <c>/health/ready</c> runs.</summary>
    public const string ReadyTag = "ready";

    /// <summary>The methods of the routes: some load balancers need no body, and send HEAD.</summary>
    public static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Adds the services of the routes.</summary>
    public static void AddHealth(this IServiceCollection services)
    {
        services.AddOptions<HealthOptions>().BindConfiguration("Health").ValidateOnStart();
        services.AddSingleton<IValidateOptions<HealthOptions>>(new FaultValidator<HealthOptions>(static options => options.Fault()));
        services.AddHealthChecks();
        services.AddSingleton<Readiness>();
    }

    /// <summary>Maps the routes.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder health = routes.MapGroup("/health").ExcludeFromDescription().IsPublic().DisableRateLimiting();
        LiveEndpoint.Map(health);
        ReadyEndpoint.Map(health);
    }
}
