using System.Security.Claims;
using Pointbook.Access;

namespace Pointbook.Server.Security;

/// <summary>A caller in the form that ASP.NET Core passes through a request. Immutable.</summary>
internal sealed class CallerPrincipal(Caller caller) : ClaimsPrincipal(new ClaimsIdentity(CallerHandler.SchemeName))
{
    /// <summary>A local client in protected mode.</summary>
    public static CallerPrincipal Local { get; } = new(Caller.Local);

    /// <summary>The caller.</summary>
    public Caller Caller => caller;
}
