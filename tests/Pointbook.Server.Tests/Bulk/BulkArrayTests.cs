using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Bulk;

public sealed class BulkArrayTests(SeededServer seeded) : IClassFixture<SeededServer>
{
    /// <summary>Body, status, code, and a part of the detail.</summary>
    public static TheoryData<string, int, string, string> Bodies { get; } = new()
    {
        { "", 400, "empty_body", "JSON array" },
        { " ", 400, "malformed_json", "line 1" },
        { "hello", 400, "malformed_json", "line 1, byte 1." },
        { "{}", 400, "wrong_type", "an object. Send a JSON array" },
        { "null", 400, "wrong_type", "null. Send a JSON array" },
        { "\"x\"", 400, "wrong_type", "a string" },
        { "[]", 400, "no_items", "at least one" },
        { "[", 400, "malformed_json", "line 1" },
        { "[{}", 400, "malformed_json", "line 1" },
        { "[{},]", 400, "malformed_json", "line 1" },
        { "[{}] x", 400, "malformed_json", "nothing after it" },
        { "[{}][]", 400, "malformed_json", "nothing after it" },
        { "[{}\n {}]", 400, "malformed_json", "line 2" },
        { "[{\"account\":}]", 400, "malformed_json", "line 1, byte 13" },
        { "\uFEFF[{}]", 400, "malformed_json", "byte order mark" },
    };

    /// <summary>An item, code, member, and a part of the detail.</summary>
    public static TheoryData<string, string, string?, string> Items { get; } = new()
    {
        { "{}", "missing_member", "account", "`account` is missing" },
        { "null", "wrong_type", null, "The item is null" },
        { "[]", "wrong_type", null, "The item is an array" },
        { "5", "wrong_type", null, "The item is a number" },
        { new string('[', 500) + new string(']', 500), "wrong_type", null, "The item is an array" },
        { BulkServer.Item("alice", "A", 0), "zero_points", "points", "must not be 0" },
        { BulkServer.Item("", "A", 1), "invalid_account", "account", "empty" },
        { BulkServer.Item("a/b", "A", 1), "invalid_account", "account", "invalid character" },
        { BulkServer.Item("..", "A", 1), "invalid_account", "account", "special meaning in URLs" },
        { BulkServer.Item("alice", " A", 1), "invalid_payer", "payer", "Trim it" },
        { BulkServer.Item("alice", "\\ud800", 1), "malformed_json", "payer", "an unpaired surrogate" },
        { BulkServer.Item("alice", "A", 1).Replace("1,", "1.5,", StringComparison.Ordinal), "wrong_type", "points", "fraction" },
        { BulkServer.Item("alice", "A", 1).Replace("2020-10-31T", "2020-10-31 ", StringComparison.Ordinal), "invalid_timestamp", "timestamp", "Use T instead" },
        { BulkServer.Item("alice", "A", 1).Replace("2020", "9999", StringComparison.Ordinal), "timestamp_in_future", "timestamp", "The latest" },
        { BulkServer.Item("alice", "A", 1, "\"note\":1"), "unknown_member", "note", "Remove it. The item must be" },
        { BulkServer.Item("alice", "A", 1, "\"Reason\":\"x\""), "unknown_member", "Reason", "Send `reason`" },
        { BulkServer.Item("alice", "A", 1, "\"payer\":\"B\""), "duplicate_member", "payer", "more than once" },
        { BulkServer.Item("alice", "DANNON", -301), "insufficient_payer_points", "points", "300 points" },
        { BulkServer.Item("alice", "A", 1, "\"idempotencyKey\":null"), "wrong_type", "idempotencyKey", "null. Send a value" },
        { BulkServer.Item("alice", "A", 1, "\"idempotencyKey\":7"), "wrong_type", "idempotencyKey", "a number. Send a string" },
        { BulkServer.Item("alice", "A", 1, "\"idempotencyKey\":\"\""), "invalid_idempotency_key", "idempotencyKey", "is empty" },
        { BulkServer.Item("alice", "A", 1, "\"idempotencyKey\":\"ä\""), "invalid_idempotency_key", "idempotencyKey", "printable ASCII" },
        { BulkServer.Item("alice", "A", 1, $"\"idempotencyKey\":\"{new string('k', 256)}\""), "invalid_idempotency_key", "idempotencyKey", "The maximum is 255" },
        { BulkServer.Item("alice", "A", 1, "\"expiresAt\":null"), "wrong_type", "expiresAt", "null" },
        { BulkServer.Item("alice", "A", 1, "\"expiresAt\":\"soon\""), "invalid_timestamp", "expiresAt", "not an RFC 3339 timestamp" },
        { BulkServer.Item("alice", "A", 1, "\"expiresAt\":5"), "wrong_type", "expiresAt", "a number" },
        { BulkServer.Item("alice", "A", 1, "\"reference\":null"), "wrong_type", "reference", "null. Send a value" },
        { BulkServer.Item("alice", "A", 1, "\"reference\":\"\""), "invalid_text", "reference", "is empty" },
        { BulkServer.Item("alice", "A", 1, "\"reference\":\"a\\u0000b\""), "invalid_text", "reference", "U+0000" },
        { BulkServer.Item("alice", "A", 1, $"\"reference\":\"{new string('r', 201)}\""), "invalid_text", "reference", "The maximum is 200" },
        { BulkServer.Item("alice", "A", 1, "\"reason\":\"a\\nb\""), "invalid_text", "reason", "U+000A" },
        { BulkServer.Item("alice", "A", 1, $"\"reason\":\"{new string('r', 501)}\""), "invalid_text", "reason", "The maximum is 500" },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_body_that_is_not_an_array_of_items_is_refused_as_a_whole(string body, int status, string code, string detail)
    {
        Reply reply = (await seeded.Server.PostAsync(BulkServer.Path, body)).AssertIs(status, code);
        Assert.Contains(detail, reply.Problem.Detail, StringComparison.Ordinal);
        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [MemberData(nameof(Items))]
    public async Task An_invalid_item_is_refused_and_its_neighbours_are_accepted(string item, string code, string? member, string detail)
    {
        string account = $"neighbour-{Guid.NewGuid():N}";
        BulkReply reply = await seeded.Server.PostItemsAsync(BulkServer.Item(account, "A", 3), item, BulkServer.Item(account, "A", 4));
        Assert.Equal((2, 0, 1), (reply.Accepted, reply.Replayed, reply.Refused));
        Assert.Equal([(0, "accepted"), (1, "refused"), (2, "accepted")], reply.Items.Select(one => (one.Index, one.Status)));
        Problem problem = reply.Items[1].Problem!;
        Assert.Equal((code, member), (problem.Code, problem.Member));
        Assert.Contains(detail, problem.Detail, StringComparison.Ordinal);
        Assert.Null(reply.Items[1].Transaction);
        Assert.Equal(7, (await seeded.Server.BalanceOfAsync(account)).Points);
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task Items_are_answered_in_order_with_the_stored_transactions()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        BulkReply reply = await server.PostItemsAsync(
            BulkServer.Item("alice", "DANNON", 300), BulkServer.Item("bob", "UNILEVER", 200), BulkServer.Item("alice", "DANNON", -100));
        Assert.Equal((3, 0, 0), (reply.Accepted, reply.Replayed, reply.Refused));
        Assert.Equal([("alice", 300L), ("bob", 200L), ("alice", -100L)], reply.Items.Select(item => (item.Transaction!.Account, item.Transaction.Points)));
        Assert.Equal(3, reply.Items.Select(item => item.Transaction!.Id).Distinct().Count());
        Assert.Equal((200, 200), ((await server.BalanceOfAsync("alice")).Points, (await server.BalanceOfAsync("bob")).Points));
    }

    [Fact]
    public async Task An_array_can_have_at_most_a_thousand_items()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string[] items = [.. Enumerable.Range(0, 1_000).Select(index => BulkServer.Item("alice", $"P{index}", index + 1))];
        BulkReply reply = await server.PostItemsAsync(items);
        Assert.Equal(1_000, reply.Accepted);
        Assert.Equal(Enumerable.Range(0, 1_000), reply.Items.Select(item => item.Index));
        Assert.Equal(Enumerable.Range(0, 1_000).Select(index => $"P{index}"), (await server.BalanceOfAsync("alice")).Payers.Select(line => line.Payer));

        Reply tooMany = await server.PostAsync(BulkServer.Path, $"[{string.Join(',', items)},{items[0]}]");
        Assert.Contains("more than 1000 items", tooMany.AssertIs(413, "too_many_items").Problem.Detail, StringComparison.Ordinal);
        Assert.Equal(500_500, (await server.BalanceOfAsync("alice")).Points);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_array_that_is_too_long_is_refused(bool isChunked)
    {
        await using RunningServer server = await RunningServer.StartAsync(null, "--Bulk:BodySizeMax", "2000");
        string[] items = [.. Enumerable.Range(0, 30).Select(_ => BulkServer.Item("alice", "A", 1))];
        foreach ((string body, int status) in new[] { ($"[{string.Join(',', items)}]", 413), ($"[{string.Join(',', items[..20])}]", 200) })
        {
            HttpRequestMessage request = BulkServer.NewImport(new StringContent(body), "application/json");
            request.Headers.TransferEncodingChunked = isChunked;
            (await server.SendAsync(request)).AssertIs(status, status == 413 ? "body_too_large" : null);
        }

        Assert.Equal(20, (await server.BalanceOfAsync("alice")).Points);
    }

    [Fact]
    public async Task A_key_in_an_item_a_line_and_a_header_is_the_same_key()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply single = await server.PostAsync(
            "/v1/accounts/alice/transactions", $$"""{"payer":"A","points":5,"timestamp":"{{BulkServer.Time}}"}""", ("Idempotency-Key", "single"));
        BulkReply first = await server.PostItemsAsync(BulkServer.Keyed("alice", "A", 5, "single"), BulkServer.Keyed("alice", "A", 5, "item"));
        Assert.Equal(["replayed", "accepted"], first.Items.Select(item => item.Status));
        Assert.Equal(single.AssertIs(201).Transaction, first.Items[0].Transaction);
        (await server.ImportAsync(BulkServer.Keyed("alice", "A", 5, "single"), BulkServer.Keyed("alice", "A", 5, "item"), BulkServer.Keyed("alice", "A", 5, "line")))
            .AssertIs(accepted: 1, replayed: 2, refused: 0, lastLine: 3);

        BulkReply other = await server.PostItemsAsync(
            BulkServer.Keyed("alice", "A", 6, "line"),
            BulkServer.Item("alice", "A", 5, "\"idempotencyKey\":\"line\",\"reason\":\"another\""),
            BulkServer.Item("alice", "A", 5, "\"idempotencyKey\":\"line\",\"expiresAt\":\"2099-01-01T00:00:00Z\""),
            BulkServer.Keyed("bob", "A", 6, "line"));
        Assert.Equal(["refused", "refused", "refused", "accepted"], other.Items.Select(item => item.Status));
        Assert.All(other.Items.Take(3), item => Assert.Equal(("idempotency_mismatch", "idempotencyKey"), (item.Problem!.Code, item.Problem.Member)));
        Assert.Equal(15, (await server.BalanceOfAsync("alice")).Points);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-ndjson")]
    public async Task A_key_in_the_header_is_refused(string contentType)
    {
        HttpRequestMessage request = BulkServer.NewImport(new StringContent($"[{BulkServer.Item("alice", "A", 1)}]"), contentType);
        request.Headers.Add("Idempotency-Key", "k");
        Problem problem = (await seeded.Server.SendAsync(request)).AssertIs(400, "invalid_idempotency_key").Problem;
        Assert.Equal("Idempotency-Key", problem.Member);
        Assert.Contains("send `idempotencyKey` in each", problem.Detail, StringComparison.Ordinal);
        await seeded.AssertUnchangedAsync();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-ndjson; charset=utf-16")]
    [InlineData("application/jsonl")]
    [InlineData("text/json")]
    public async Task A_body_of_another_type_is_refused(string contentType)
    {
        HttpRequestMessage request = BulkServer.NewImport(new StringContent($"[{BulkServer.Item("alice", "A", 1)}]"), contentType);
        Problem problem = (await seeded.Server.SendAsync(request)).AssertIs(415, "unsupported_media_type").Problem;
        Assert.Contains("application/x-ndjson", problem.Detail, StringComparison.Ordinal);
        await seeded.AssertUnchangedAsync();
    }

    [Fact]
    public async Task A_compressed_body_is_refused()
    {
        HttpRequestMessage request = BulkServer.NewImport(new StringContent(BulkServer.Item("alice", "A", 1)));
        request.Content!.Headers.ContentEncoding.Add("gzip");
        (await seeded.Server.SendAsync(request)).AssertIs(415, "unsupported_media_type");
        await seeded.AssertUnchangedAsync();
    }
}
