using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>The host of a request, in every form that a client can send as bytes.</summary>
public sealed class HostTests(SeededServer seeded) : IClassFixture<SeededServer>
{
    [Theory]
    [InlineData("localhost.", 403)]
    [InlineData("localhost.:80", 403)]
    [InlineData("127.0.0.1.", 403)]
    [InlineData("localhost.localdomain", 403)]
    [InlineData("127.0.0.01", 403)]
    [InlineData("127.000.000.001", 403)]
    [InlineData("0177.0.0.1", 403)]
    [InlineData("0", 403)]
    [InlineData("[::ffff:127.0.0.1]", 403)]
    [InlineData("[::ffff:7f00:1]:80", 403)]
    [InlineData("[0:0:0:0:0:0:0:1]", 403)]
    [InlineData("[::0001]", 403)]
    [InlineData("[::1%lo]", 400)]
    [InlineData("[::1%25lo]", 400)]
    [InlineData("[fe80::1%1]", 400)]
    [InlineData("::1", 400)]
    [InlineData("[::1", 400)]
    [InlineData("[::1].evil.example", 400)]
    [InlineData("localhost@evil.example", 400)]
    [InlineData("evil.example@localhost", 400)]
    [InlineData("user:password@127.0.0.1", 400)]
    [InlineData("localhost:80:evil.example", 400)]
    [InlineData("localhost:evil", 400)]
    [InlineData("localhost, evil.example", 400)]
    [InlineData("evil.example, localhost", 400)]
    [InlineData("localhost evil.example", 400)]
    [InlineData("localhost/evil.example", 400)]
    [InlineData("localhost?evil.example", 400)]
    [InlineData("localhost#evil.example", 400)]
    [InlineData("localhost\\evil.example", 400)]
    [InlineData("localhost%00.evil.example", 400)]
    [InlineData("localhost\0.evil.example", 400)]
    [InlineData("l\u00B0calhost", 400)]
    [InlineData("xn--localhost", 403)]
    [InlineData("xn--localhost-", 403)]
    [InlineData("127.0.0.xn--1-", 403)]
    [InlineData("XN--LOCALHOST-", 403)]
    [InlineData("", 403)]
    public Task A_host_that_is_not_spelled_like_this_machine_is_not_served(string host, int status) =>
        AssertNotServedAsync($"GET /flushDB HTTP/1.1\r\nHost: {host}\r\n", status);

    [Theory]
    [InlineData("GET http://evil.example/flushDB HTTP/1.1\r\nHost: localhost\r\n", 400)]
    [InlineData("GET http://evil.example/flushDB HTTP/1.1\r\nHost: evil.example\r\n", 403)]
    [InlineData("GET http://evil.example/flushDB HTTP/1.1\r\nHost: \r\n", 400)]
    [InlineData("GET http://evil.example/flushDB HTTP/1.1\r\n", 400)]
    [InlineData("GET http://evil.example/flushDB HTTP/1.0\r\n", 403)]
    [InlineData("GET http://localhost/flushDB HTTP/1.1\r\nHost: evil.example\r\n", 400)]
    [InlineData("GET http://localhost/flushDB HTTP/1.0\r\n", 403)]
    [InlineData("GET http://localhost@evil.example/flushDB HTTP/1.1\r\nHost: localhost\r\n", 400)]
    [InlineData("GET http://localhost.evil.example/flushDB HTTP/1.1\r\nHost: localhost\r\n", 400)]
    [InlineData("GET /flushDB HTTP/1.1\r\n", 400)]
    [InlineData("GET /flushDB HTTP/1.0\r\nHost: evil.example\r\n", 403)]
    [InlineData("GET /flushDB HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n", 400)]
    [InlineData("GET /flushDB HTTP/1.1\r\nHost: evil.example\r\nHost: localhost\r\n", 400)]
    [InlineData("GET /flushDB HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n", 400)]
    [InlineData("GET /flushDB HTTP/1.1\r\nHost : localhost\r\n", 400)]
    [InlineData("GET /flushDB HTTP/1.1\r\n Host: localhost\r\n", 400)]
    [InlineData("GET /flushDB HTTP/1.1\r\nHost: localhost\r\n .evil.example\r\n", 400)]
    [InlineData("CONNECT evil.example:80 HTTP/1.1\r\nHost: localhost\r\n", 400)]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: evil.example\r\n", 403)]
    public Task A_request_with_another_host_or_two_hosts_is_not_served(string head, int status) => AssertNotServedAsync(head, status);

    [Theory]
    [InlineData("X-Forwarded-For :1", 400)]
    [InlineData("X-Forwarded-For:", 403)]
    [InlineData("X-Original-URL:/balance", 403)]
    [InlineData("Forwarded:", 403)]
    [InlineData("Via:", 403)]
    [InlineData("Origin:", 403)]
    [InlineData("Origin: http://localhost.", 403)]
    [InlineData("Origin: https://localhost", 403)]
    [InlineData("Origin: http://localhost\r\nOrigin: http://localhost", 403)]
    [InlineData("Sec-Fetch-Site:", 403)]
    [InlineData("Sec-Fetch-Site: same-origin, cross-site", 403)]
    [InlineData("Sec-Fetch-Site: SAME-ORIGIN", 403)]
    public Task A_header_that_shows_another_sender_is_refused_in_any_spelling(string line, int status) =>
        AssertNotServedAsync($"GET /flushDB HTTP/1.1\r\nHost: localhost\r\n{line}\r\n", status);

    [Theory]
    [InlineData("GET /balance HTTP/1.1\r\nHost:LocalHost:80\r\n")]
    [InlineData("GET /balance HTTP/1.0\r\nHost: localhost\r\n")]
    [InlineData("GET http://LOCALHOST/balance HTTP/1.1\r\nHost: localhost\r\n")]
    [InlineData("GET /balance HTTP/1.1\r\nHost: localhost\r\nOrigin: http://LOCALHOST\r\n")]
    public async Task A_request_for_this_machine_is_served(string head)
    {
        (int status, string text) = await RawHttp.SendAsync(seeded.Server.Address, head + "Connection: close\r\n\r\n");
        Assert.Equal(200, status);
        Assert.Contains("""{"DANNON":300,"UNILEVER":200}""", text, StringComparison.Ordinal);
    }

    private async Task AssertNotServedAsync(string head, int status)
    {
        (int found, string text) = await RawHttp.SendAsync(seeded.Server.Address, head + "Connection: close\r\n\r\n");
        Assert.Equal(status, found);
        // Kestrel refuses bytes that are not a valid request before any code of Pointbook sees them.
        Assert.Equal(status == 403, text.Contains("\"code\":\"protected_mode\"", StringComparison.Ordinal));
        await seeded.AssertUnchangedAsync();
    }
}
