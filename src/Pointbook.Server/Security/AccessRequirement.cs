using Microsoft.AspNetCore.Authorization;
using Pointbook.Access;

namespace Pointbook.Server.Security;

/// <summary>What a route asks of its callers: a scope, and account limits that fit. Immutable; it is metadata of the route as well.</summary>
/// <param name="Scope">The scope.</param>
/// <param name="Reach">Which accounts it touches.</param>
internal sealed record AccessRequirement(Scopes Scope, Reach Reach) : IAuthorizationRequirement;
