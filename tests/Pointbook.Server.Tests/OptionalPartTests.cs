using System.Text;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary>What a client may omit: members of bodies, whole bodies, parameters.</summary>
public sealed class OptionalPartTests(SeededServer seeded) : IClassFixture<SeededServer>
{
    private const string Account = "/v1/accounts/alice";

    /// <summary>The value of a text member, the code, and a part of the detail.</summary>
    public static TheoryData<string, string, string> Texts { get; } = new()
    {
        { "null", "wrong_type", "must not be null. Send a value, or omit" },
        { "5", "wrong_type", "is a number. Send a string" },
        { "[\"a\"]", "wrong_type", "is an array" },
        { "{}", "wrong_type", "is an object" },
        { "true", "wrong_type", "is a boolean" },
        { "\"\"", "invalid_text", "is empty" },
        { "\"a\\u0000b\"", "invalid_text", "U+0000" },
        { "\"a\\nb\"", "invalid_text", "U+000A" },
        { "\"\\u009f\"", "invalid_text", "U+009F" },
        { "\"\\ud800\"", "malformed_json", "an unpaired surrogate" },
    };

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task An_invalid_text_is_refused_on_every_route_and_changes_nothing(string text, string code, string detail)
    {
        (string Path, string Start)[] requests =
        [
            ("/transactions", """{"payer":"DANNON","points":1,"timestamp":"2020-10-31T10:00:00Z","""), ("/spends", """{"points":1,"""), ("/spends/preview", """{"points":1,"""), ("/flush", "{"),
        ];
        foreach ((string path, string start) in requests)
        {
            foreach (string member in (string[])["reference", "reason"])
            {
                Reply reply = (await seeded.Server.PostAsync(Account + path, $"{start}\"{member}\":{text}}}")).AssertIs(400, code);
                Assert.Equal(member, reply.Problem.Member);
                Assert.Contains(detail, reply.Problem.Detail, StringComparison.Ordinal);
            }
        }

        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("reference", 200)]
    [InlineData("reason", 500)]
    public async Task Texts_are_counted_in_characters(string member, int lengthMax)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        string longest = string.Concat(Enumerable.Repeat("😀", lengthMax));
        await alice.AddAsync("DANNON", 1, rest: $",\"{member}\":\"{longest}\"");
        Reply reply = await alice.PostAsync("/flush", $"{{\"{member}\":\"{longest}x\"}}");
        Assert.Contains($"is {lengthMax + 1} characters long", reply.AssertIs(400, "invalid_text").Problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("null", 400, "wrong_type", "must not be null. Send a value, or omit `expiresAt`")]
    [InlineData("5", 400, "wrong_type", "is a number")]
    [InlineData("\"\"", 400, "invalid_timestamp", "is empty")]
    [InlineData("\"2030-01-01\"", 400, "invalid_timestamp", "is a date without a time")]
    [InlineData("\"2020-10-31T10:00:00Z\"", 400, "invalid_expiry", "must be later than `timestamp`")]
    [InlineData("\"2020-10-31T11:00:00+01:00\"", 400, "invalid_expiry", "must be later than `timestamp`")]
    public async Task An_invalid_expiry_is_refused(string expiresAt, int status, string code, string detail)
    {
        Reply reply = await seeded.Server.PostAsync(
            Account + "/transactions", $$"""{"payer":"DANNON","points":1,"timestamp":"2020-10-31T10:00:00Z","expiresAt":{{expiresAt}}}""");
        Assert.Equal("expiresAt", reply.AssertIs(status, code).Problem.Member);
        Assert.Contains(detail, reply.Problem.Detail, StringComparison.Ordinal);
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task An_expiry_on_a_deduction_is_refused() => (await seeded.Server.PostAsync(
        Account + "/transactions",
        """{"payer":"DANNON","points":-1,"timestamp":"2020-10-31T10:00:00Z","expiresAt":"2120-10-31T10:00:00Z"}""")).AssertIs(400, "invalid_expiry");

    [Theory]
    [InlineData("/addTransaction", """{"payer":"DANNON","points":1,"timestamp":"2020-10-31T10:00:00Z",""")]
    [InlineData("/spend", """{"points":1,""")]
    public async Task The_classic_routes_accept_no_additional_members(string path, string start)
    {
        foreach (string member in (string[])["expiresAt", "hold", "reference", "reason"])
        {
            Reply reply = (await seeded.Server.PostAsync(path, $"{start}\"{member}\":\"x\"}}")).AssertIs(400, "unknown_member");
            Assert.Equal(member, reply.Problem.Member);
        }

        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task An_optional_body_can_be_missing_or_an_empty_object()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        foreach (HttpContent? content in (HttpContent?[])[null, new ByteArrayContent([]), new StringContent("", Encoding.UTF8, "application/json"), new StringContent("{}", Encoding.UTF8, "application/json")])
        {
            await alice.AddAsync("DANNON", 1);
            Reply reply = await server.SendAsync(new HttpRequestMessage(HttpMethod.Post, alice.Path + "/flush") { Content = content });
            Assert.Equal(1, reply.AssertIs(200).As(ReplyJson.Default.Flush).Entries);
        }

        await alice.AddAsync("DANNON", 1);
        HttpRequestMessage chunked = new(HttpMethod.Post, alice.Path + "/flush") { Content = new StringContent("", Encoding.UTF8, "application/json") };
        chunked.Headers.TransferEncodingChunked = true;
        (await server.SendAsync(chunked)).AssertIs(200);
    }

    [Theory]
    [InlineData("[]", "application/json", 400, "wrong_type")]
    [InlineData("null", "application/json", 400, "wrong_type")]
    [InlineData("{", "application/json", 400, "malformed_json")]
    [InlineData(" ", "application/json", 400, "malformed_json")]
    [InlineData("{\"note\":1}", "application/json", 400, "unknown_member")]
    [InlineData("{\"reason\":\"a\",\"reason\":\"a\"}", "application/json", 400, "duplicate_member")]
    [InlineData("{}", "text/plain", 415, "unsupported_media_type")]
    [InlineData("{}", null, 415, "unsupported_media_type")]
    public async Task An_optional_body_must_be_valid_if_it_is_sent(string body, string? contentType, int status, string code)
    {
        foreach (string path in (string[])["/flush", "/spends/0000000000000001/capture", "/spends/0000000000000001/reversal", "/flushes/0000000000000001/restore"])
        {
            HttpRequestMessage request = new(HttpMethod.Post, Account + path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
            if (contentType is not null)
            {
                Assert.True(request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType));
            }

            (await seeded.Server.SendAsync(request)).AssertIs(status, code);
        }

        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("POST", "/v1/accounts/alice/transactions")]
    [InlineData("POST", "/v1/accounts/alice/spends")]
    [InlineData("POST", "/v1/accounts/alice/spends/preview")]
    [InlineData("POST", "/v1/accounts/alice/spends/0000000000000001/capture")]
    [InlineData("POST", "/v1/accounts/alice/spends/0000000000000001/reversal")]
    [InlineData("POST", "/v1/accounts/alice/flush")]
    [InlineData("POST", "/v1/accounts/alice/flushes/0000000000000001/restore")]
    [InlineData("GET", "/v1/accounts/alice/transactions/0000000000000001")]
    [InlineData("GET", "/v1/accounts/alice/spends/0000000000000001")]
    [InlineData("GET", "/v1/accounts/alice/transactions")]
    [InlineData("GET", "/v1/accounts/alice/archive")]
    [InlineData("GET", "/v1/accounts/alice/lots")]
    [InlineData("GET", "/v1/accounts/alice/balance")]
    [InlineData("GET", "/v1/accounts")]
    [InlineData("GET", "/v1/payers")]
    [InlineData("GET", "/v1/statement")]
    public async Task An_unknown_parameter_is_refused_on_every_route(string method, string path)
    {
        Reply reply = await seeded.Server.SendAsync(new HttpRequestMessage(new HttpMethod(method), path + "?dryRun=true"));
        Assert.Equal("dryRun", reply.AssertIs(400, "unknown_parameter").Problem.Member);
        (await seeded.Server.SendAsync(new HttpRequestMessage(new HttpMethod(method), path + $"?{new string('x', 500)}"))).AssertIs(400, "unknown_parameter");
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task The_classic_routes_ignore_unknown_parameters() =>
        (await seeded.Server.GetAsync("/balance?x=1&x=2")).AssertIs(200);
}
