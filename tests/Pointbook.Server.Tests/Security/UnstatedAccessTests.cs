using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Pointbook.Server.Security;

namespace Pointbook.Server.Tests.Security;

public sealed class UnstatedAccessTests
{
    private static readonly RouteEndpoint Forgotten = new(_ => Task.CompletedTask, RoutePatternFactory.Parse("/forgotten"), 0, null, "/forgotten");
    private static readonly Endpoint WrongMethod = new(_ => Task.CompletedTask, null, "405");

    [Fact]
    public async Task A_route_that_forgot_to_say_whom_it_is_for_is_for_nobody()
    {
        InvalidOperationException bug = await Assert.ThrowsAsync<InvalidOperationException>(() => IsLetInAsync(CallerPrincipal.Local, Forgotten));
        Assert.Equal("/forgotten does not say whom it is for.", bug.Message);
        Assert.False(await IsLetInAsync(new ClaimsPrincipal(), Forgotten));
    }

    [Fact]
    public async Task Whoever_is_somebody_learns_that_there_is_no_such_path_or_method_and_nobody_else_does()
    {
        foreach (Endpoint? endpoint in (Endpoint?[])[null, WrongMethod])
        {
            Assert.True(await IsLetInAsync(CallerPrincipal.Local, endpoint));
            Assert.False(await IsLetInAsync(new ClaimsPrincipal(), endpoint));
        }
    }

    private static async Task<bool> IsLetInAsync(ClaimsPrincipal user, Endpoint? endpoint)
    {
        DefaultHttpContext http = new();
        http.SetEndpoint(endpoint);
        AuthorizationHandlerContext context = new([new UnstatedAccess()], user, http);
        await new UnstatedAccess.Handler().HandleAsync(context);
        return context.HasSucceeded;
    }
}
