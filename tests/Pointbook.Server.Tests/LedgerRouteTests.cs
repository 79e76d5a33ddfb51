using System.Text.RegularExpressions;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

public sealed partial class LedgerRouteTests
{
    [Fact]
    public async Task The_reply_to_a_transaction_contains_what_was_stored()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply reply = (await server.PostAsync(
            "/v1/accounts/alice/transactions", """{"timestamp":"2020-10-31t12:00:00.2500009+02:00","points":300,"payer":"DANNON"}""")).AssertIs(201);

        Assert.Equal("application/json", reply.ContentType);
        Assert.Equal("/v1/accounts/alice/transactions/" + reply.Transaction.Id, reply.Header("Location"));
        Assert.Matches(
            """^\{"id":"[0-9a-z]{16}","account":"alice","kind":"credit","payer":"DANNON","points":300,"balanceAfter":300,"timestamp":"2020-10-31T10:00:00.25Z","recordedAt":"[0-9TZ:.-]+"\}$""",
            reply.Body);
        Assert.InRange(TimeProvider.System.GetUtcNow() - reply.Transaction.RecordedAt, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task The_reply_to_a_spend_contains_allocations_and_draws()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Transaction late = await AddAsync(server, "DANNON", 1000, "2020-11-02T14:00:00Z");
        Transaction unilever = await AddAsync(server, "UNILEVER", 200, "2020-10-31T11:00:00Z");
        await AddAsync(server, "DANNON", -200, "2020-10-31T15:00:00Z");
        Transaction early = await AddAsync(server, "DANNON", 300, "2020-10-31T10:00:00Z");

        Reply reply = (await server.PostAsync("/v1/accounts/alice/spends", """{"points":350}""")).AssertIs(201);
        Spend spend = reply.Spend;
        Assert.Equal(("alice", 350L), (spend.Account, spend.Points));
        Assert.Equal("/v1/accounts/alice/spends/" + spend.Id, reply.Header("Location"));
        Assert.Equal([new Allocation("DANNON", 150), new Allocation("UNILEVER", 200)], spend.Allocations);
        Assert.Equal(
            [
                new Draw(early.Id, "DANNON", early.Timestamp!.Value, 100),
                new Draw(unilever.Id, "UNILEVER", unilever.Timestamp!.Value, 200),
                new Draw(late.Id, "DANNON", late.Timestamp!.Value, 50),
            ],
            spend.Draws);
        Assert.Equal(
            $$"""{"id":"{{spend.Id}}","account":"alice","points":350,"status":"final","recordedAt":"{{Rfc3339.Format(spend.RecordedAt)}}","allocations":[{"payer":"DANNON","points":150},{"payer":"UNILEVER","points":200}],"draws":[{"transactionId":"{{early.Id}}","payer":"DANNON","timestamp":"2020-10-31T10:00:00Z","points":100},{"transactionId":"{{unilever.Id}}","payer":"UNILEVER","timestamp":"2020-10-31T11:00:00Z","points":200},{"transactionId":"{{late.Id}}","payer":"DANNON","timestamp":"2020-11-02T14:00:00Z","points":50}],"linesCount":4}""",
            reply.Body);
    }

    [Fact]
    public async Task The_JSON_of_a_balance_is_stable()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await AddAsync(server, "UNILEVER", 200, "2020-10-31T11:00:00Z");
        await AddAsync(server, "DANNON", 300, "2020-10-31T10:00:00Z");
        await server.PostAsync("/v1/accounts/alice/spends", """{"points":300}""");

        Reply reply = (await server.GetAsync("/v1/accounts/alice/balance")).AssertIs(200);
        Assert.Equal(
            """{"account":"alice","points":200,"held":0,"payers":[{"payer":"UNILEVER","points":200},{"payer":"DANNON","points":0}],"asOf":"*"}""",
            AsOf().Replace(reply.Body, "\"asOf\":\"*\""));
        Assert.Equal("no-store", reply.Header("Cache-Control"));
        Assert.Equal("""{"account":"bob","points":0,"held":0,"payers":[],"asOf":"*"}""", AsOf().Replace((await server.GetAsync("/v1/accounts/bob/balance")).Body, "\"asOf\":\"*\""));
    }

    [Fact]
    public async Task Accounts_are_separate_and_the_classic_routes_use_the_account_default()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await AddAsync(server, "DANNON", 300, "2020-10-31T10:00:00Z");
        Assert.Equal("{}", await server.BalanceAsync());
        await server.PostAsync("/addTransaction", """{"payer":"X","points":1,"timestamp":"2020-10-31T10:00:00Z"}""");
        Assert.Equal(1, (await server.GetAsync("/v1/accounts/default/balance")).Balance.Points);
        Assert.Equal(0, (await server.GetAsync("/v1/accounts/Alice/balance")).Balance.Points);
        Assert.Equal(300, (await server.GetAsync("/v1/accounts/alice/balance")).Balance.Points);
    }

    [Theory]
    [InlineData("Ä&'<>+/日本", "Ä&'<>+/日本")]
    [InlineData("a\\\"b\\\\c", "a\\\"b\\\\c")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("\\u00c4", "\u00C4")]
    [InlineData("\U0001F600", "\\uD83D\\uDE00")]
    [InlineData("__proto__", "__proto__")]
    [InlineData("$type", "$type")]
    public async Task Payers_are_returned_unescaped_and_in_form_C(string sent, string received)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", $$"""{"payer":"{{sent}}","points":5,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(200);
        Assert.Equal($$"""{"{{received}}":5}""", await server.BalanceAsync());
        Reply spend = await server.PostAsync("/spend", """{"points":5}""");
        Assert.Equal($$"""[{"payer":"{{received}}","points":-5}]""", spend.Body);
    }

    [Theory]
    [InlineData("9223372036854775807")]
    [InlineData("9007199254740993")]
    public async Task Large_numbers_stay_exact(string points)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", $$"""{"payer":"A","points":{{points}},"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(200);
        Assert.Equal($$"""{"A":{{points}}}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task Many_clients_at_once_lose_and_overspend_no_point()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => AddAsync(server, "A", 3, "2020-10-31T10:00:00Z")));
        Reply[] spends = await Task.WhenAll(Enumerable.Range(0, 128).Select(_ => server.PostAsync("/v1/accounts/alice/spends", """{"points":2}""")));
        Assert.Equal(96, spends.Count(spend => spend.Status == 201));
        Assert.All(spends.Where(spend => spend.Status != 201), spend => spend.AssertIs(422, "insufficient_points"));
        Assert.Equal(0, (await server.GetAsync("/v1/accounts/alice/balance")).Balance.Points);
    }

    private static async Task<Transaction> AddAsync(RunningServer server, string payer, long points, string timestamp) => (await server.PostAsync(
        "/v1/accounts/alice/transactions", $$"""{"payer":"{{payer}}","points":{{points}},"timestamp":"{{timestamp}}"}""")).AssertIs(201).Transaction;

    [GeneratedRegex("\"asOf\":\"[0-9TZ:.-]+\"")]
    private static partial Regex AsOf();
}
