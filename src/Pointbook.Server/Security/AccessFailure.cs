using Microsoft.AspNetCore.Authorization;
using Pointbook.Server.Problems;

namespace Pointbook.Server.Security;

/// <summary>Why a caller may not do something, as it will be answered. Immutable.</summary>
internal sealed class AccessFailure(IAuthorizationHandler handler, ProblemReply problem) : AuthorizationFailureReason(handler, problem.Detail)
{
    /// <summary>The answer.</summary>
    public ProblemReply Problem => problem;
}
