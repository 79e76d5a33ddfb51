using Microsoft.AspNetCore.Authorization;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Why a caller has no access, as the reply reports it. Immutable.</summary>
internal sealed class AccessFailure(IAuthorizationHandler handler, ProblemReply problem) : AuthorizationFailureReason(handler, problem.Detail)
{
    /// <summary>The reply.</summary>
    public ProblemReply Problem => problem;
}
