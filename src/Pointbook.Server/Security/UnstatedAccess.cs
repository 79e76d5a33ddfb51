using Microsoft.AspNetCore.Authorization;

namespace Pointbook.Server.Security;

/// <summary>The requirement of paths without a declared one: valid credentials, so that strangers cannot find out which paths exist.</summary>
internal sealed class UnstatedAccess : IAuthorizationRequirement
{
    /// <summary>Lets authenticated callers learn that a path does not exist. Fails on a route without declared access, so that no caller reaches it. Thread-safe.</summary>
    internal sealed class Handler : AuthorizationHandler<UnstatedAccess, HttpContext>
    {
        /// <inheritdoc/>
        protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, UnstatedAccess requirement, HttpContext resource)
        {
            if (context.User is not CallerPrincipal)
            {
                return Task.CompletedTask;
            }

            // The endpoint that routing creates itself for an unsupported method has no route.
            if (resource.GetEndpoint() is RouteEndpoint forgotten)
            {
                throw new InvalidOperationException($"{forgotten.DisplayName} does not say whom it is for.");
            }

            context.Succeed(requirement);
            return Task.CompletedTask;
        }
    }
}
