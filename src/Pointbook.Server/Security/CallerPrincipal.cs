using System.Security.Claims;
using Pointbook.Access;

namespace Pointbook.Server.Security;

/// <summary>A caller as ASP.NET Core carries it through a request. Immutable.</summary>
internal sealed class CallerPrincipal(Caller caller) : ClaimsPrincipal(new ClaimsIdentity(CallerHandler.SchemeName))
{
    /// <summary>Somebody on this machine while there are no keys.</summary>
    public static CallerPrincipal Local { get; } = new(Caller.Local);

    /// <summary>Who it is.</summary>
    public Caller Caller => caller;
}
