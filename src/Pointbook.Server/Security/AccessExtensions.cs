using Microsoft.AspNetCore.Authorization;
using Pointbook.Access;
using Pointbook.Server.OpenApi;

namespace Pointbook.Server.Security;

/// <summary>Says beside a group of routes who may use them.</summary>
internal static class AccessExtensions
{
    /// <summary>The routes are for callers with a scope, whose account limits fit.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder routes, Scopes scope, Reach reach)
        where TBuilder : IEndpointConventionBuilder
    {
        AccessRequirement requirement = new(scope, reach);
        return routes
            .RequireAuthorization(new AuthorizationPolicyBuilder().AddRequirements(requirement).Build())
            .WithMetadata(requirement)
            .Refuses(ProblemSets.Access(reach));
    }

    /// <summary>The routes are for everybody who can reach the server: they show nothing of any account.</summary>
    public static TBuilder IsPublic<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder => routes.AllowAnonymous();

    /// <summary>Whoever sent the request.</summary>
    public static Caller Caller(this HttpContext context) => ((CallerPrincipal)context.User).Caller;
}
