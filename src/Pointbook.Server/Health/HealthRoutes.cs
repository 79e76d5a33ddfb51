using Pointbook.Server.Security;
namespace Pointbook.Server.Health;

/// <summary>The routes that tell whether the process lives and whether it can do its work.</summary>
internal static class HealthRoutes
{
    /// <summary>The tag of checks that <c>/health/ready</c> runs.</summary>
    public const string ReadyTag = "ready";

    /// <summary>The methods that they take: some load balancers want no body.</summary>
    public static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Head];

    /// <summary>Maps all of them.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder health = routes.MapGroup("/health").ExcludeFromDescription().IsPublic().DisableRateLimiting();
        LiveEndpoint.Map(health);
        ReadyEndpoint.Map(health);
    }
}
