using Microsoft.AspNetCore.Authorization;
using Pointbook.Access;
using Pointbook.Server.OpenApi;

namespace Pointbook.Server.Security;

/// <summary>Declares which callers may use a group of routes.</summary>
internal static class AccessExtensions
{
    /// <summary>Callers need a scope, and account limits that match.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder routes, Scopes scope, Reach reach)
        where TBuilder : IEndpointConventionBuilder
    {
        AccessRequirement requirement = new(scope, reach);
        return routes
            .RequireAuthorization(new AuthorizationPolicyBuilder().AddRequirements(requirement).Build())
            .WithMetadata(requirement)
            .Refuses(ProblemSets.Access(reach));
    }

    /// <summary>Every client that can reach the server may use the routes: they show nothing of any account.</summary>
    public static TBuilder IsPublic<TBuilder>(this TBuilder routes)
        where TBuilder : IEndpointConventionBuilder => routes.AllowAnonymous();

    /// <summary>The caller who sent the request.</summary>
    public static Caller Caller(this HttpContext context) => ((CallerPrincipal)context.User).Caller;
}
