using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Pointbook.Server.Problems;
using Pointbook.Server.Security;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

public sealed class ProtectedModeTests(SeededServer seeded) : IClassFixture<SeededServer>
{
    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Site")]
    [InlineData("Sec-Fetch-Site", "same-site", "Sec-Fetch-Site")]
    [InlineData("Sec-Fetch-Site", "", "Sec-Fetch-Site")]
    [InlineData("sec-fetch-site", "cross-site", "Sec-Fetch-Site")]
    [InlineData("Origin", "https://evil.example", "Origin")]
    [InlineData("Origin", "null", "Origin")]
    [InlineData("Origin", "http://localhost:1", "Origin")]
    [InlineData("Origin", "http://127.0.0.1", "Origin")]
    [InlineData("Forwarded", "for=127.0.0.1", "Forwarded")]
    [InlineData("X-Forwarded-For", "127.0.0.1", "X-Forwarded-For")]
    [InlineData("X-Forwarded-Host", "localhost", "X-Forwarded-Host")]
    [InlineData("x-forwarded-anything", "1", "x-forwarded-anything")]
    [InlineData("X-Real-IP", "127.0.0.1", "X-Real-IP")]
    [InlineData("x-real-ip", "127.0.0.1", "x-real-ip")]
    [InlineData("Via", "1.1 proxy", "Via")]
    [InlineData("Sec-Purpose", "prefetch", "Sec-Purpose")]
    public async Task A_request_from_another_site_or_through_a_proxy_is_refused(string name, string value, string member)
    {
        foreach (string path in (string[])["/balance", "/flushDB", "/health/live", "/nothing"])
        {
            HttpRequestMessage request = new(HttpMethod.Get, path);
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
            Reply reply = (await seeded.Server.SendAsync(request)).AssertIs(403, "protected_mode");
            Assert.Equal(member, reply.Problem.Member);
            Assert.Contains(member, reply.Problem.Detail, StringComparison.Ordinal);
            AssertNoCors(reply);
        }

        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "same-origin")]
    [InlineData("Sec-Fetch-Site", "none")]
    [InlineData("Origin", "own")]
    [InlineData("X-Request-Id", "1")]
    [InlineData("Save-Data", "on")]
    public async Task A_request_from_the_own_page_or_a_program_is_served(string name, string value)
    {
        HttpRequestMessage request = new(HttpMethod.Get, "/balance");
        Assert.True(request.Headers.TryAddWithoutValidation(name, value == "own" ? seeded.Server.Address.GetLeftPart(UriPartial.Authority) : value));
        AssertNoCors((await seeded.Server.SendAsync(request)).AssertIs(200));
    }

    [Theory]
    [InlineData("GET /flushDB")]
    [InlineData("GET /FLUSHDB/")]
    [InlineData("GET /%66lush%44B?x=1")]
    [InlineData("GET /./flushDB")]
    [InlineData("GET http://localhost/flushDB")]
    [InlineData("POST /flushDB")]
    public async Task Opening_the_flush_address_in_a_browser_flushes_nothing(string line)
    {
        (int status, string text) = await RawHttp.SendAsync(
            seeded.Server.Address, $"{line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\nSec-Fetch-Site: none\r\n\r\n");
        Assert.Equal(403, status);
        Assert.Contains("\"member\":\"Sec-Fetch-Site\"", text, StringComparison.Ordinal);
        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("evil.example:5080")]
    [InlineData("localhost.evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("foo.localhost")]
    [InlineData("0.0.0.0")]
    [InlineData("192.168.1.1")]
    [InlineData("128.0.0.1")]
    [InlineData("127.1")]
    [InlineData("2130706433")]
    [InlineData("0x7f000001")]
    [InlineData("[::2]:5080")]
    [InlineData("[::ffff:10.0.0.1]")]
    public async Task A_host_name_of_another_machine_is_refused(string host)
    {
        HttpRequestMessage request = new(HttpMethod.Delete, "/flushDB") { Headers = { Host = host } };
        Reply reply = (await seeded.Server.SendAsync(request)).AssertIs(403, "protected_mode");
        Assert.Equal("Host", reply.Problem.Member);
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task A_request_without_a_host_is_refused()
    {
        (int status, string text) = await RawHttp.SendAsync(seeded.Server.Address, "GET /balance HTTP/1.0\r\n\r\n");
        Assert.Equal(403, status);
        Assert.Contains("protected_mode", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("LOCALHOST:80")]
    [InlineData("127.0.0.1")]
    [InlineData("127.8.9.10:7")]
    [InlineData("[::1]")]
    [InlineData("[::1]:5080")]
    public async Task A_host_name_of_this_machine_is_served(string host) =>
        (await seeded.Server.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/balance") { Headers = { Host = host } })).AssertIs(200);

    [Fact]
    public async Task A_form_that_another_site_posts_as_text_changes_nothing()
    {
        HttpRequestMessage request = new(HttpMethod.Post, "/spend") { Content = new StringContent("""{"points":5}""", Encoding.UTF8, "text/plain") };
        request.Headers.Add("Origin", "https://evil.example");
        request.Headers.Add("Sec-Fetch-Site", "cross-site");
        request.Headers.Add("Sec-Fetch-Mode", "no-cors");
        (await seeded.Server.SendAsync(request)).AssertIs(403, "protected_mode");

        // An old browser sends neither header. Then the server refuses the request because of its media type.
        HttpRequestMessage old = new(HttpMethod.Post, "/spend") { Content = new StringContent("""{"points":5}""", Encoding.UTF8, "text/plain") };
        (await seeded.Server.SendAsync(old)).AssertIs(415, "unsupported_media_type");
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task A_preflight_from_another_site_is_not_allowed()
    {
        HttpRequestMessage request = new(HttpMethod.Options, "/spend");
        request.Headers.Add("Origin", "https://evil.example");
        request.Headers.Add("Access-Control-Request-Method", "POST");
        request.Headers.Add("Access-Control-Request-Headers", "content-type");
        AssertNoCors((await seeded.Server.SendAsync(request)).AssertIs(403, "protected_mode"));
    }

    [Fact]
    public async Task A_repeated_Sec_Fetch_Site_is_refused()
    {
        (int status, _) = await RawHttp.SendAsync(
            seeded.Server.Address,
            "GET /flushDB HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nSec-Fetch-Site: none\r\nSec-Fetch-Site: none\r\n\r\n");
        Assert.Equal(403, status);
        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("127.0.0.1", true)]
    [InlineData("127.255.0.9", true)]
    [InlineData("::1", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("::ffff:127.3.2.1", true)]
    [InlineData("10.0.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("::", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData(null, false)]
    public void Only_clients_on_this_machine_are_served(string? peer, bool isServed)
    {
        DefaultHttpContext context = new();
        context.Connection.RemoteIpAddress = peer is null ? null : IPAddress.Parse(peer);
        context.Request.Host = new HostString("localhost");
        ProblemReply? fault = ProtectedMode.Fault(context);
        Assert.Equal(isServed, fault is null);
        Assert.True(isServed || fault!.Kind == ProblemTable.ProtectedMode);
    }

    private static void AssertNoCors(Reply reply) =>
        Assert.DoesNotContain(reply.Message.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.OrdinalIgnoreCase));
}
