using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Pointbook.Server.Security;

namespace Pointbook.Server.Tests.Security;

public sealed class UnstatedAccessTests
{
    private static readonly RouteEndpoint UnstatedRoute = new(_ => Task.CompletedTask, RoutePatternFactory.Parse("/forgotten"), 0, null, "/forgotten");
    private static readonly Endpoint WrongMethod = new(_ => Task.CompletedTask, null, "405");

    [Fact]
    public async Task A_route_without_declared_access_is_closed()
    {
        InvalidOperationException bug = await Assert.ThrowsAsync<InvalidOperationException>(() => IsAllowedAsync(CallerPrincipal.Local, UnstatedRoute));
        Assert.Equal("/forgotten does not say whom it is for.", bug.Message);
        Assert.False(await IsAllowedAsync(new ClaimsPrincipal(), UnstatedRoute));
    }

    [Fact]
    public async Task Only_known_callers_learn_that_a_path_or_method_does_not_exist()
    {
        foreach (Endpoint? endpoint in (Endpoint?[])[null, WrongMethod])
        {
            Assert.True(await IsAllowedAsync(CallerPrincipal.Local, endpoint));
            Assert.False(await IsAllowedAsync(new ClaimsPrincipal(), endpoint));
        }
    }

    private static async Task<bool> IsAllowedAsync(ClaimsPrincipal user, Endpoint? endpoint)
    {
        DefaultHttpContext http = new();
        http.SetEndpoint(endpoint);
        AuthorizationHandlerContext context = new([new UnstatedAccess()], user, http);
        await new UnstatedAccess.Handler().HandleAsync(context);
        return context.HasSucceeded;
    }
}
