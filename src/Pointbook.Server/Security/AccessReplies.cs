using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Answers those who may not do what they ask for. Thread-safe.</summary>
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

        // A caller that is nobody, or a route that forgot to say whom it is for.
        if (authorizeResult.AuthorizationFailure?.FailureReasons.OfType<AccessFailure>().FirstOrDefault() is not { Problem: { } problem })
        {
            return context.ChallengeAsync(CallerHandler.SchemeName);
        }

        if (problem.Kind == ProblemTable.MissingScope)
        {
            context.Response.Headers.WWWAuthenticate = Credentials.Challenge(problem);
        }

        return problem.ExecuteAsync(context);
    }
}
