using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

public sealed class FlushTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    [InlineData("PURGE")]
    public async Task Every_method_but_HEAD_and_OPTIONS_flushes(string method)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).MustBe(200);
        Reply reply = await server.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/flushDB"));
        Assert.Equal((200, "text/plain", "Database Flushed", "no-store"), (reply.Status, reply.ContentType, reply.Body, reply.Header("Cache-Control")));
        Assert.Equal("{}", await server.BalanceAsync());
    }

    [Theory]
    [InlineData("HEAD")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    public async Task Methods_that_must_not_change_anything_do_not_flush(string method)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).MustBe(200);
        Assert.Equal(405, (await server.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/flushDB"))).Status);
        Assert.Equal("""{"A":1}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task An_empty_account_is_flushed_as_well()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply reply = (await server.PostAsync("/flushDB", "", ("Idempotency-Key", "f"))).MustBe(200);
        Assert.Equal(("Database Flushed", null), (reply.Body, reply.Header("Idempotency-Replayed")));
    }

    [Fact]
    public async Task Only_the_default_account_is_flushed()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/v1/accounts/alice/transactions", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).MustBe(201);
        (await server.GetAsync("/flushDB")).MustBe(200);
        Assert.Equal(1, (await server.GetAsync("/v1/accounts/alice/balance")).Balance.Points);
    }
}
