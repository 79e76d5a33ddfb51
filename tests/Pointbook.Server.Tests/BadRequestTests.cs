using System.Net.Http.Headers;
using System.Text;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>Errors outside of the body's content: media type, size, path, method, account, HTTP itself.</summary>
public sealed class BadRequestTests(SeededServer seeded) : IClassFixture<SeededServer>
{
    private const string Spend = """{"points":5}""";

    [Theory]
    [InlineData(null)]
    [InlineData("text/plain")]
    [InlineData("text/json")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/vnd.api+json")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData("application/json; charset=utf-16")]
    [InlineData("application/json, text/plain")]
    [InlineData("nonsense")]
    public async Task A_body_that_is_not_declared_as_JSON_is_refused(string? contentType)
    {
        foreach (string path in (string[])["/spend", "/v1/accounts/alice/spends", "/addTransaction", "/v1/accounts/alice/transactions"])
        {
            Reply reply = (await SendAsync(path, contentType)).AssertIs(415, "unsupported_media_type");
            Assert.Equal("Content-Type", reply.Problem.Member);
            Assert.Contains("-H 'Content-Type: application/json'", reply.Problem.Detail, StringComparison.Ordinal);
        }

        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("APPLICATION/JSON")]
    [InlineData("application/json;charset=UTF-8")]
    [InlineData("application/json; charset=\"utf-8\"")]
    public async Task A_body_that_is_declared_as_JSON_is_read(string contentType) =>
        (await SendAsync("/spend", contentType, """{"points":0}""")).AssertIs(400, "points_not_positive");

    [Fact]
    public async Task A_compressed_body_is_refused()
    {
        Reply reply = await seeded.Server.SendAsync(Post("/spend", Spend, content => content.Headers.ContentEncoding.Add("gzip")));
        Assert.Equal("Content-Encoding", reply.AssertIs(415, "unsupported_media_type").Problem.Member);
    }

    [Fact]
    public async Task An_empty_post_is_told_to_send_a_body() =>
        (await seeded.Server.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/spend"))).AssertIs(400, "empty_body");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_above_the_limit_is_refused_and_one_at_the_limit_is_accepted(bool isChunked)
    {
        byte[] atLimit = Encoding.UTF8.GetBytes("""{"points":0}""" + new string(' ', 65_536 - 12));
        (await seeded.Server.SendAsync(Sized(atLimit, isChunked))).AssertIs(400, "points_not_positive");

        Reply reply = (await seeded.Server.SendAsync(Sized([.. atLimit, (byte)' '], isChunked))).AssertIs(413, "body_too_large");
        Assert.Contains("65536 bytes", reply.Problem.Detail, StringComparison.Ordinal);
        (await seeded.Server.SendAsync(Sized(new byte[1_000_000], isChunked))).AssertIs(413, "body_too_large");
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task The_body_limit_is_an_option()
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Http:BodySizeMax", "2000");
        (await server.SendAsync(Sized(new byte[2_001], isChunked: false))).AssertIs(413, "body_too_large");
        (await server.SendAsync(Sized(new byte[2_000], isChunked: true))).AssertIs(400, "malformed_json");
    }

    [Theory]
    [InlineData("a%2Fb", 400)]
    [InlineData("a%252Fb", 400)]
    [InlineData("a%20b", 400)]
    [InlineData("a%C3%A4", 400)]
    [InlineData("a%5Cb", 400)]
    [InlineData("a%FF", 400)]
    [InlineData("a+b", 400)]
    [InlineData("a~", 400)]
    [InlineData("%0A", 400)]
    [InlineData("%22", 400)]
    [InlineData("", 404)]
    [InlineData(".", 404)]
    [InlineData("a/b", 404)]
    public async Task An_invalid_account_is_refused(string account, int status)
    {
        foreach ((string resource, string body) in ((string, string)[])[("balance", ""), ("spends", Spend), ("transactions", "{}")])
        {
            string method = body.Length == 0 ? "GET" : "POST";
            (int actual, string text) = await RawHttp.SendAsync(
                seeded.Server.Address,
                $"{method} /v1/accounts/{account}/{resource} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}");
            Assert.True(actual == status, text);
            Assert.Contains(status == 400 ? "\"code\":\"invalid_account\"" : "\"code\":\"not_found\"", text, StringComparison.Ordinal);
        }

        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("..")]
    [InlineData("%2e%2e")]
    public async Task Two_dots_lead_to_another_path_and_are_not_an_account(string dots)
    {
        // /v1/transactions is a different route, which expects an array.
        foreach ((string resource, int status, string code) in ((string, int, string)[])[("spends", 404, "not_found"), ("transactions", 400, "wrong_type")])
        {
            (int actual, string text) = await RawHttp.SendAsync(
                seeded.Server.Address,
                $"POST /v1/accounts/{dots}/{resource} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
            Assert.True(actual == status, text);
            Assert.Contains($"\"code\":\"{code}\"", text, StringComparison.Ordinal);
        }

        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task An_account_key_can_be_128_characters_long_and_percent_encoded()
    {
        (await seeded.Server.GetAsync($"/v1/accounts/{new string('a', 128)}/balance")).AssertIs(200);
        (await seeded.Server.GetAsync($"/v1/accounts/{new string('a', 129)}/balance")).AssertIs(400, "invalid_account");
        Assert.Equal("shop:7@x", (await seeded.Server.GetAsync("/v1/accounts/shop%3A7%40x/balance")).AssertIs(200).Balance.Account);
    }

    [Theory]
    [InlineData("GET", "/", 404, "not_found", null)]
    [InlineData("GET", "/nothing", 404, "not_found", null)]
    [InlineData("POST", "/v1/accounts/alice", 404, "not_found", null)]
    [InlineData("GET", "/spend", 405, "method_not_allowed", "POST")]
    [InlineData("GET", "/addTransaction", 405, "method_not_allowed", "POST")]
    [InlineData("PUT", "/addTransaction", 405, "method_not_allowed", "POST")]
    [InlineData("POST", "/balance", 405, "method_not_allowed", "GET")]
    [InlineData("DELETE", "/v1/accounts/alice/balance", 405, "method_not_allowed", "GET")]
    [InlineData("OPTIONS", "/spend", 405, "method_not_allowed", "POST")]
    [InlineData("OPTIONS", "/flushDB", 405, "method_not_allowed", "GET, POST, PUT, PATCH, DELETE")]
    public async Task A_wrong_path_or_method_gets_a_problem(string method, string path, int status, string code, string? allow)
    {
        Reply reply = (await seeded.Server.SendAsync(new HttpRequestMessage(new HttpMethod(method), path))).AssertIs(status, code);
        Assert.Equal(allow, reply.Header("Allow"));
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task HEAD_of_flushDB_flushes_nothing()
    {
        Reply reply = await seeded.Server.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/flushDB"));
        Assert.Equal((405, ""), (reply.Status, reply.Body));
        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "bad_request")]
    [InlineData("Content-Length: 20000000\r\n\r\n", 413, "body_too_large")]
    public async Task Malformed_HTTP_inside_the_body_gets_a_problem(string rest, int status, string code)
    {
        (int actual, string text) = await RawHttp.SendAsync(
            seeded.Server.Address, "POST /spend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + rest);
        Assert.Equal(status, actual);
        Assert.Contains($"\"code\":\"{code}\"", text, StringComparison.Ordinal);
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task A_body_that_never_arrives_is_refused()
    {
        (int status, string text) = await RawHttp.SendAsync(
            seeded.Server.Address, "POST /spend HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{");
        Assert.Equal(408, status);
        Assert.Contains("\"code\":\"request_timeout\"", text, StringComparison.Ordinal);
        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("GET /balance HTTP/1.1\r\n\r\n")]
    [InlineData("GET /balance HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n")]
    [InlineData("GET /v1/accounts/%00/balance HTTP/1.1\r\nHost: localhost\r\n\r\n")]
    [InlineData("NONSENSE\r\n\r\n")]
    public async Task Malformed_HTTP_before_the_body_is_refused_by_Kestrel(string request) =>
        Assert.Equal(400, (await RawHttp.SendAsync(seeded.Server.Address, request)).Status);

    private static HttpRequestMessage Sized(byte[] body, bool isChunked)
    {
        HttpRequestMessage request = Post("/spend", body);
        request.Headers.TransferEncodingChunked = isChunked;
        // Without this header the server may answer and close the connection while the client still sends.
        request.Headers.ExpectContinue = true;
        return request;
    }

    private static HttpRequestMessage Post(string path, string body, Action<HttpContent>? configure = null)
    {
        HttpRequestMessage request = Post(path, Encoding.UTF8.GetBytes(body));
        configure?.Invoke(request.Content!);
        return request;
    }

    private static HttpRequestMessage Post(string path, byte[] body) => new(HttpMethod.Post, path)
    {
        Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } },
    };

    private Task<Reply> SendAsync(string path, string? contentType, string body = Spend)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        if (contentType is not null)
        {
            Assert.True(request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType));
        }

        return seeded.Server.SendAsync(request);
    }
}
