using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace Pointbook.Server.Security;

/// <summary>Replies to callers without access. Thread-safe.</summary>
internal sealed class AccessReplies : IAuthorizationMiddlewareResultHandler
{
    /// <inheritdoc/>
    public Task HandleAsync(
        RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
        {
            return next(context);
        }

        // Without a reason, the caller has no valid credentials.
        return authorizeResult.AuthorizationFailure?.FailureReasons.OfType<AccessFailure>().FirstOrDefault() is { Problem: { } problem }
            ? problem.ExecuteAsync(context)
            : context.ChallengeAsync(CallerHandler.SchemeName);
    }
}
