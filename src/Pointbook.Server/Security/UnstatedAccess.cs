using Microsoft.AspNetCore.Authorization;

namespace Pointbook.Server.Security;

/// <summary>What is asked of callers where no route says it: that they are somebody, so that strangers do not learn which paths there are.</summary>
internal sealed class UnstatedAccess : IAuthorizationRequirement
{
    /// <summary>Lets callers through to be told that nothing is served there, and nobody to a route that forgot to say whom it is for. Thread-safe.</summary>
    internal sealed class Handler : AuthorizationHandler<UnstatedAccess, HttpContext>
    {
        /// <inheritdoc/>
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, UnstatedAccess requirement, HttpContext resource)
        {
            if (context.User is not CallerPrincipal)
            {
                return Task.CompletedTask;
            }

            // What routing makes up itself, to say that a method is not taken, is an endpoint without a route.
            if (resource.GetEndpoint() is RouteEndpoint forgotten)
            {
                throw new InvalidOperationException($"{forgotten.DisplayName} does not say whom it is for.");
            }

            context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }
}
