using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Pointbook.Access;
using Pointbook.Server.Security;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Which caller may do what: every kind of caller, on every route, with every method.</summary>
public sealed class AccessTableTests(SecuredServer secured) : IClassFixture<SecuredServer>
{
    private static readonly string[] Methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"];

    private readonly RunningServer _server = secured.Server;

    public static TheoryData<string> Routes { get; } = [.. Route.All.Select(route => route.ToString())];

    private IEnumerable<RouteEndpoint> Endpoints => _server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>();

    [Fact]
    public void Every_route_is_in_the_table_and_declares_its_access()
    {
        HashSet<string> known = [.. Route.All.Select(route => route.ToString())];
        Assert.All(Endpoints.Where(endpoint => !IsOfDocs(endpoint)), endpoint =>
        {
            IReadOnlyList<string> methods = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"];
            Assert.All(methods, method => Assert.Contains($"{method} {Pattern(endpoint)}", known));
        });
        Assert.All(Endpoints, endpoint => Assert.True(
            endpoint.Metadata.GetMetadata<IAllowAnonymous>() is not null ^ endpoint.Metadata.OfType<AccessRequirement>().Count() == 1,
            $"{endpoint.DisplayName} has to say either .Needs(…) or .IsPublic(), once."));
    }

    [Fact]
    public void Every_route_of_the_table_exists()
    {
        HashSet<string> served =
        [
            .. Endpoints.SelectMany(endpoint => (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["ANY"]).Select(method => $"{method} {Pattern(endpoint)}")),
        ];
        Assert.All(Route.All.Where(route => !route.Pattern.StartsWith("/docs", StringComparison.Ordinal)), route => Assert.Contains(route.ToString(), served));
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task Every_caller_gets_the_answer_of_the_table(string name)
    {
        Route route = Route.All.Single(candidate => candidate.ToString() == name);
        string[] methods = route.Method == "ANY" ? ["GET", "POST", "PUT", "PATCH", "DELETE"] : [route.Method];
        foreach (string method in methods)
        {
            foreach ((string who, SecuredServer.TestCaller holder) in secured.Callers)
            {
                long before = await secured.CountEntriesAsync();
                Reply reply = await _server.SendAsync(holder.Secret, HttpMethod.Parse(method), route.Path, route.Text);
                if (Refusal(route, holder) is not var (status, code))
                {
                    Assert.True(reply.Status == route.Status, $"{who}, {method} {route.Path}: {reply.Status} {reply.Body}");
                    Assert.Null(reply.Header("WWW-Authenticate"));
                    continue;
                }

                if (route.Pattern == "/v1/transactions" && code == "account_not_allowed")
                {
                    // The server decides about each item separately, and its answer names the refused item's code.
                    Assert.Contains("\"code\":\"account_not_allowed\"", reply.AssertIs(200).Body, StringComparison.Ordinal);
                }
                else
                {
                    Assert.True(reply.Status == status, $"{who}, {method} {route.Path}: {reply.Status} {reply.Body}");
                    AssertRefused(reply, code, route);
                }

                Assert.Equal(before, await secured.CountEntriesAsync());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Routes))]
    public async Task No_method_bypasses_the_access_check(string name)
    {
        Route route = Route.All.Single(candidate => candidate.ToString() == name);
        long before = await secured.CountEntriesAsync();
        foreach (string method in Methods.Where(method => route.Scope is not null))
        {
            foreach ((string who, SecuredServer.TestCaller holder) in secured.Callers.Where(holder => holder.Value.Refusal is not null))
            {
                Reply reply = await _server.SendAsync(holder.Secret, HttpMethod.Parse(method), route.Path, method is "GET" or "HEAD" ? null : route.Text);
                Assert.True(reply.Status == 401, $"{who}, {method} {route.Path}: {reply.Status} {reply.Body}");
            }
        }

        Assert.Equal(before, await secured.CountEntriesAsync());
    }

    [Theory]
    [InlineData("/nowhere")]
    [InlineData("/v1/accounts/shop:1")]
    [InlineData("/v1/keys/0/nothing")]
    public async Task Only_callers_with_credentials_learn_that_a_path_does_not_exist(string path)
    {
        (await _server.SendAsync(null, HttpMethod.Get, path)).AssertIs(401, "missing_key");
        (await _server.SendAsync(secured.Callers["may only flush"].Secret, HttpMethod.Get, path)).AssertIs(404, "not_found");
    }

    /// <summary>The refusal that the table implies, computed without the server's code.</summary>
    private static (int Status, string Code)? Refusal(Route route, SecuredServer.TestCaller holder)
    {
        bool isLimited = holder.Accounts.Length > 0;
        bool hasShop = holder.Accounts is "" or "shop:*" || (holder.Accounts == "shop:1" && route.Accounts == "path");
        return route.Scope is null ? null
            : holder.Refusal is not null ? (401, holder.Refusal)
            : !ScopeNames.Of(holder.Scopes).Contains(route.Scope) ? (403, "missing_scope")
            : route.Accounts == "all" && isLimited ? (403, "key_has_limits")
            : route.Accounts == "default" && holder.Accounts is not ("" or "default") ? (403, "account_not_allowed")
            : route.Accounts is "path" or "request" && !hasShop ? (403, "account_not_allowed")
            : null;
    }

    private static void AssertRefused(Reply reply, string code, Route route)
    {
        Assert.Equal(code, reply.Problem.Code);
        string? challenge = reply.Header("WWW-Authenticate");
        switch (code)
        {
            case "missing_key":
                Assert.Equal("Bearer realm=\"pointbook\"", challenge);
                break;
            case "missing_scope":
                Assert.Equal($"Bearer realm=\"pointbook\", error=\"insufficient_scope\", scope=\"{route.Scope}\"", challenge);
                Assert.Equal(route.Scope, reply.Problem.Scope);
                break;
            case "invalid_key" or "expired_key":
                Assert.StartsWith("Bearer realm=\"pointbook\", error=\"invalid_token\", error_description=\"", challenge, StringComparison.Ordinal);
                break;
            default:
                Assert.Null(challenge);
                break;
        }
    }

    private static string Pattern(RouteEndpoint endpoint) => "/" + endpoint.RoutePattern.RawText!.Trim('/');

    private static bool IsOfDocs(RouteEndpoint endpoint) => Pattern(endpoint).StartsWith("/docs", StringComparison.Ordinal);
}
