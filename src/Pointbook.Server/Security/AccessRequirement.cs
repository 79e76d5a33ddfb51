using Microsoft.AspNetCore.Authorization;
using Pointbook.Access;

namespace Pointbook.Server.Security;

/// <summary>The requirement of a route: a scope, and account limits that match. Immutable; it is also metadata of the route.</summary>
/// <param name="Scope">The scope.</param>
/// <param name="Reach">The accounts that the route covers.</param>
internal sealed record AccessRequirement(Scopes Scope, Reach Reach) : IAuthorizationRequirement;
