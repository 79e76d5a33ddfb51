using System.Net;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Requests that reach a server in protected mode through a proxy on the same machine, whatever their client claims.</summary>
public sealed class ForwardedRequestTests(ForwardingServer server) : IClassFixture<ForwardingServer>
{
    private const string Nothing = "";

    private static readonly string[] Claims =
    [
        "X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: ::1", "X-Forwarded-For: [::ffff:127.0.0.1]:80", "X-Forwarded-For: 127.0.0.1, 127.0.0.1",
        "X-Forwarded-For: unknown", "x-forwarded-for: 127.0.0.1", "X-Forwarded-Proto: https", "X-Forwarded-Host: localhost", "X-Forwarded-Prefix: /",
        "X-Original-For: 127.0.0.1", "X-Original-Host: localhost", "x-original-proto: http", "Forwarded: for=127.0.0.1;host=localhost",
        "X-Real-IP: 127.0.0.1", "Via: 1.1 localhost",
    ];

    public static MatrixTheoryData<string, string> Forwarded { get; } = new(
        ["X-Forwarded-For: 203.0.113.7", "X-Forwarded-Proto: http", "Forwarded: for=203.0.113.7", "X-Real-IP: 203.0.113.7", "Via: 1.1 proxy"],
        [Nothing, .. Claims]);

    public static TheoryData<string> Claimed { get; } = new(Claims);

    [Theory]
    [MemberData(nameof(Forwarded))]
    public Task A_forwarded_request_is_refused_whatever_the_environment(string ofProxy, string ofClient) => AssertRefusedAsync(ofProxy, ofClient);

    [Theory]
    [MemberData(nameof(Claimed))]
    public async Task A_request_with_a_forwarding_header_is_refused_even_if_the_proxy_adds_none(string ofClient)
    {
        await AssertRefusedAsync(Nothing, ofClient);
        // No component before protected mode removed or renamed the header.
        (_, string body) = await GetAsync(new Uri(server.Client.BaseAddress!, "/balance"), ofClient);
        Assert.Contains($"\"member\":\"{ofClient.Split(':')[0]}\"", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_without_headers_looks_like_a_program_on_this_machine()
    {
        await using ReverseProxy proxy = await ReverseProxy.StartAsync(server.Client.BaseAddress!, Nothing);
        Assert.Equal((HttpStatusCode.OK, """{"DANNON":300}"""), await GetAsync(new Uri(proxy.Address, "/balance"), Nothing));
    }

    private async Task AssertRefusedAsync(string ofProxy, string ofClient)
    {
        await using ReverseProxy proxy = await ReverseProxy.StartAsync(server.Client.BaseAddress!, ofProxy);
        foreach (string path in (string[])["/balance", "/flushDB"])
        {
            (HttpStatusCode status, string body) = await GetAsync(new Uri(proxy.Address, path), ofClient);
            Assert.Equal(HttpStatusCode.Forbidden, status);
            Assert.Contains("\"code\":\"protected_mode\"", body, StringComparison.Ordinal);
        }

        Assert.Equal("""{"DANNON":300}""", (await GetAsync(new Uri(server.Client.BaseAddress!, "/balance"), Nothing)).Body);
    }

    private async Task<(HttpStatusCode Status, string Body)> GetAsync(Uri address, string line)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        ReverseProxy.AddHeader(request, line);
        using HttpResponseMessage answer = await server.Client.SendAsync(request, TestContext.Current.CancellationToken);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
