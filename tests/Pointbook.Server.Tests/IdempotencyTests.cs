using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

public sealed class IdempotencyTests
{
    private const string Add = """{"payer":"DANNON","points":300,"timestamp":"2020-10-31T10:00:00Z"}""";

    [Theory]
    [InlineData("/addTransaction", Add)]
    [InlineData("/spend", """{"points":10}""")]
    [InlineData("/flushDB", "")]
    [InlineData("/v1/accounts/default/transactions", Add)]
    [InlineData("/v1/accounts/default/spends", """{"points":10}""")]
    [InlineData("/v1/accounts/default/spends", """{"points":10,"hold":"PT1H","reference":"r","reason":"because"}""")]
    [InlineData("/v1/accounts/default/flush", "")]
    [InlineData("/v1/accounts/default/flush", """{"reason":"because"}""")]
    public async Task The_same_key_and_request_get_the_same_answer_and_write_once(string path, string body)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", Add)).AssertIs(200);

        Reply first = await server.PostAsync(path, body, ("Idempotency-Key", "k1"));
        Assert.InRange(first.Status, 200, 201);
        Assert.Null(first.Header("Idempotency-Replayed"));
        string balance = await server.BalanceAsync();

        Reply second = await server.PostAsync(path, body, ("Idempotency-Key", "k1"));
        Assert.Equal((first.Status, first.ContentType, first.Body), (second.Status, second.ContentType, second.Body));
        Assert.Equal("true", second.Header("Idempotency-Replayed"));
        Assert.Equal(balance, await server.BalanceAsync());
    }

    [Fact]
    public async Task The_same_key_with_another_request_is_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", "k"))).AssertIs(200);
        foreach ((string path, string body) in ((string, string)[])
            [("/addTransaction", Add.Replace("300", "301", StringComparison.Ordinal)), ("/spend", """{"points":300}"""), ("/flushDB", "")])
        {
            Reply reply = (await server.PostAsync(path, body, ("Idempotency-Key", "k"))).AssertIs(422, "idempotency_mismatch");
            Assert.Equal("Idempotency-Key", reply.Problem.Member);
        }

        Assert.Equal("""{"DANNON":300}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task Another_spelling_of_the_same_request_is_the_same_request()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", "k"))).AssertIs(200);
        Reply reply = await server.PostAsync(
            "/v1/accounts/default/transactions",
            """{ "points": 300, "timestamp": "2020-10-31T12:00:00.000+02:00", "payer": "DANNON" }""",
            ("Idempotency-Key", "\"k\""));
        Assert.Equal("true", reply.AssertIs(201).Header("Idempotency-Replayed"));
        Assert.Equal("""{"DANNON":300}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task The_scope_of_a_key_is_the_account()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/v1/accounts/a/transactions", Add, ("Idempotency-Key", "k"))).AssertIs(201);
        Reply reply = (await server.PostAsync("/v1/accounts/b/transactions", Add, ("Idempotency-Key", "k"))).AssertIs(201);
        Assert.Null(reply.Header("Idempotency-Replayed"));
    }

    [Fact]
    public async Task A_refused_deduction_can_be_sent_again_with_the_same_key_once_the_credit_has_arrived()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        const string Deduction = """{"payer":"DANNON","points":-100,"timestamp":"2020-10-31T15:00:00Z"}""";
        (await server.PostAsync("/addTransaction", Deduction, ("Idempotency-Key", "d"))).AssertIs(422, "insufficient_payer_points");
        (await server.PostAsync("/addTransaction", Add)).AssertIs(200);
        (await server.PostAsync("/addTransaction", Deduction, ("Idempotency-Key", "d"))).AssertIs(200);
        Assert.Equal("""{"DANNON":200}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task Without_a_key_two_identical_transactions_both_count()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", Add)).AssertIs(200);
        (await server.PostAsync("/addTransaction", Add)).AssertIs(200);
        Assert.Equal("""{"DANNON":600}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task Concurrent_duplicates_write_once()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 32).Select(
            _ => server.PostAsync("/v1/accounts/default/transactions", Add, ("Idempotency-Key", "k"))));
        Assert.Single(replies.Select(reply => reply.AssertIs(201).Body).Distinct());
        Assert.Single(replies, reply => reply.Header("Idempotency-Replayed") is null);
        Assert.Equal("""{"DANNON":300}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task Of_concurrent_reversals_one_wins_and_its_duplicates_get_the_same_answer()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        string id = (await alice.SpendAsync(100)).Id;
        Reply[] replies = await Task.WhenAll(Enumerable.Range(0, 32).Select(
            number => alice.PostAsync($"/spends/{id}/reversal", ("Idempotency-Key", $"k{number % 4}"))));
        Reply[] won = [.. replies.Where(reply => reply.Status == 201)];
        Assert.Equal(8, won.Length);
        Assert.Single(won.Select(reply => reply.Body).Distinct());
        Assert.All(replies.Except(won), reply => reply.AssertIs(409, "already_reversed"));
        Assert.Equal(300, (await alice.BalanceAsync()).Points);
    }

    [Fact]
    public async Task Reference_and_reason_are_part_of_the_request()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        (await alice.PostAsync("/spends", """{"points":1,"reference":"a"}""", ("Idempotency-Key", "k"))).AssertIs(201);
        foreach (string other in (string[])["""{"points":1}""", """{"points":1,"reference":"b"}""", """{"points":1,"reason":"a"}""", """{"points":1,"reference":"a","hold":"PT1H"}"""])
        {
            (await alice.PostAsync("/spends", other, ("Idempotency-Key", "k"))).AssertIs(422, "idempotency_mismatch");
        }
    }

    [Fact]
    public async Task A_key_counts_as_unused_once_it_is_older_than_its_retention_time()
    {
        ShiftedClock clock = new(TimeProvider.System.GetUtcNow());
        await using RunningServer server = await RunningServer.StartAtAsync(clock, "--Idempotency:KeepFor", "02:00:00");
        (await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", "k"))).AssertIs(200);
        clock.Advance(TimeSpan.FromMinutes(119));
        Assert.Equal("true", (await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", "k"))).AssertIs(200).Header("Idempotency-Replayed"));
        clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Null((await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", "k"))).AssertIs(200).Header("Idempotency-Replayed"));
        Assert.Equal("""{"DANNON":600}""", await server.BalanceAsync());
    }

    [Theory]
    [InlineData("", "is empty")]
    [InlineData("\"\"", "is empty")]
    [InlineData("\"abc", "no closing quote")]
    [InlineData("\"", "no closing quote")]
    [InlineData("\"a\\", "backslash")]
    [InlineData("\"a\\n\"", "backslash")]
    [InlineData("\"a\";x=1", "extra characters after its closing quote")]
    [InlineData("\"a\"b\"", "extra characters after its closing quote")]
    [InlineData("a\tb", "printable ASCII")]
    public async Task A_malformed_key_is_refused(string key, string detail)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        foreach ((string path, string body) in ((string, string)[])
            [("/addTransaction", Add), ("/v1/accounts/default/transactions", Add), ("/flushDB", ""), ("/spend", """{"points":1}""")])
        {
            Reply reply = (await server.PostAsync(path, body, ("Idempotency-Key", key))).AssertIs(400, "invalid_idempotency_key");
            Assert.Equal("Idempotency-Key", reply.Problem.Member);
            Assert.Contains(detail, reply.Problem.Detail, StringComparison.Ordinal);
        }

        Assert.Equal("{}", await server.BalanceAsync());
    }

    [Fact]
    public async Task A_key_has_at_most_255_characters_without_its_quotes()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string longest = new('k', 255);
        (await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", longest))).AssertIs(200);
        Reply quoted = (await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", $"\"{longest}\""))).AssertIs(200);
        Assert.Equal("true", quoted.Header("Idempotency-Replayed"));
        (await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", longest + "k"))).AssertIs(400, "invalid_idempotency_key");
        Assert.Equal("""{"DANNON":300}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task Escaped_characters_of_a_quoted_key_are_the_characters_themselves()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", "a\"b\\c"))).AssertIs(200);
        Reply quoted = (await server.PostAsync("/addTransaction", Add, ("Idempotency-Key", "\"a\\\"b\\\\c\""))).AssertIs(200);
        Assert.Equal("true", quoted.Header("Idempotency-Replayed"));
    }

    [Fact]
    public async Task A_repeated_header_is_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (int status, string text) = await RawHttp.SendAsync(
            server.Address,
            "POST /flushDB HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nIdempotency-Key: a\r\nIdempotency-Key: a\r\nContent-Length: 0\r\n\r\n");
        Assert.Equal(400, status);
        Assert.Contains("invalid_idempotency_key", text, StringComparison.Ordinal);
        Assert.Contains("Send it once", text, StringComparison.Ordinal);
    }
}
