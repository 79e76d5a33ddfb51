using Pointbook.Contracts;
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
    public async Task Every_method_except_HEAD_and_OPTIONS_flushes(string method)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/addTransaction", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(200);
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
        (await server.PostAsync("/addTransaction", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(200);
        Assert.Equal(405, (await server.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/flushDB"))).Status);
        Assert.Equal("""{"A":1}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task An_empty_account_can_be_flushed()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply reply = (await server.PostAsync("/flushDB", "", ("Idempotency-Key", "f"))).AssertIs(200);
        Assert.Equal(("Database Flushed", null), (reply.Body, reply.Header("Idempotency-Replayed")));
    }

    [Fact]
    public async Task A_repeated_flush_of_an_empty_account_leaves_later_points()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/flushDB", "", ("Idempotency-Key", "f"))).AssertIs(200);
        (await server.PostAsync("/addTransaction", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(200);
        Reply again = (await server.PostAsync("/flushDB", "", ("Idempotency-Key", "f"))).AssertIs(200);
        Assert.Equal(("Database Flushed", "true"), (again.Body, again.Header("Idempotency-Replayed")));
        Assert.Equal("""{"A":1}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task A_flush_with_a_key_has_an_id_even_on_an_unused_account()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        const string Path = "/v1/accounts/alice/flush";
        Flush without = (await server.PostAsync(Path, "")).AssertIs(200).As(ReplyJson.Default.Flush);
        Assert.Equal((null, 0), (without.Id, without.Entries));
        Assert.Empty((await server.GetAsync("/v1/accounts")).AssertIs(200).As(ReplyJson.Default.PageAccountSummary).Items);

        Flush first = (await server.PostAsync(Path, "", ("Idempotency-Key", "f"))).AssertIs(200).As(ReplyJson.Default.Flush);
        Reply again = (await server.PostAsync(Path, "", ("Idempotency-Key", "f"))).AssertIs(200);
        Assert.NotNull(first.Id);
        Assert.Equal(1, first.Entries);
        Assert.Equal(("true", first), (again.Header("Idempotency-Replayed"), again.As(ReplyJson.Default.Flush)));

        Transaction read = (await server.GetAsync($"/v1/accounts/alice/transactions/{first.Id}")).AssertIs(200).Transaction;
        Assert.Equal((TransactionKind.Flush, 0), (read.Kind, read.Points));
        Assert.Empty(read.Payers!);
        (await server.PostAsync($"/v1/accounts/alice/flushes/{first.Id}/restore", "")).AssertIs(409);
        Assert.Equal("alice", Assert.Single((await server.GetAsync("/v1/accounts")).AssertIs(200).As(ReplyJson.Default.PageAccountSummary).Items).Account);
    }

    [Fact]
    public async Task A_flush_can_be_restored_even_if_the_empty_account_was_flushed_again()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/v1/accounts/alice/transactions", """{"payer":"A","points":7,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(201);
        Flush flush = (await server.PostAsync("/v1/accounts/alice/flush", "", ("Idempotency-Key", "one"))).AssertIs(200).As(ReplyJson.Default.Flush);
        (await server.PostAsync("/v1/accounts/alice/flush", "", ("Idempotency-Key", "two"))).AssertIs(200);
        (await server.PostAsync($"/v1/accounts/alice/flushes/{flush.Id}/restore", "")).AssertIs(201);
        Assert.Equal(7, (await server.GetAsync("/v1/accounts/alice/balance")).Balance.Points);
    }

    [Fact]
    public async Task Only_the_default_account_is_flushed()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/v1/accounts/alice/transactions", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).AssertIs(201);
        (await server.GetAsync("/flushDB")).AssertIs(200);
        Assert.Equal(1, (await server.GetAsync("/v1/accounts/alice/balance")).Balance.Points);
    }
}
