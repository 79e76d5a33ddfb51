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
    public async Task A_repeated_flush_of_an_empty_account_empties_nothing_that_came_since()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/flushDB", "", ("Idempotency-Key", "f"))).MustBe(200);
        (await server.PostAsync("/addTransaction", """{"payer":"A","points":1,"timestamp":"2020-10-31T10:00:00Z"}""")).MustBe(200);
        Reply again = (await server.PostAsync("/flushDB", "", ("Idempotency-Key", "f"))).MustBe(200);
        Assert.Equal(("Database Flushed", "true"), (again.Body, again.Header("Idempotency-Replayed")));
        Assert.Equal("""{"A":1}""", await server.BalanceAsync());
    }

    [Fact]
    public async Task A_flush_with_a_key_has_an_id_also_on_an_account_that_was_never_used()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        const string Path = "/v1/accounts/alice/flush";
        Flush without = (await server.PostAsync(Path, "")).MustBe(200).As(ReplyJson.Default.Flush);
        Assert.Equal((null, 0), (without.Id, without.Entries));
        Assert.Empty((await server.GetAsync("/v1/accounts")).MustBe(200).As(ReplyJson.Default.PageAccountSummary).Items);

        Flush first = (await server.PostAsync(Path, "", ("Idempotency-Key", "f"))).MustBe(200).As(ReplyJson.Default.Flush);
        Reply again = (await server.PostAsync(Path, "", ("Idempotency-Key", "f"))).MustBe(200);
        Assert.NotNull(first.Id);
        Assert.Equal(1, first.Entries);
        Assert.Equal(("true", first), (again.Header("Idempotency-Replayed"), again.As(ReplyJson.Default.Flush)));

        Transaction read = (await server.GetAsync($"/v1/accounts/alice/transactions/{first.Id}")).MustBe(200).Transaction;
        Assert.Equal((TransactionKind.Flush, 0), (read.Kind, read.Points));
        Assert.Empty(read.Payers!);
        (await server.PostAsync($"/v1/accounts/alice/flushes/{first.Id}/restore", "")).MustBe(409);
        Assert.Equal("alice", Assert.Single((await server.GetAsync("/v1/accounts")).MustBe(200).As(ReplyJson.Default.PageAccountSummary).Items).Account);
    }

    [Fact]
    public async Task A_flush_can_be_taken_back_although_the_empty_account_was_flushed_again_since()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        (await server.PostAsync("/v1/accounts/alice/transactions", """{"payer":"A","points":7,"timestamp":"2020-10-31T10:00:00Z"}""")).MustBe(201);
        Flush flush = (await server.PostAsync("/v1/accounts/alice/flush", "", ("Idempotency-Key", "one"))).MustBe(200).As(ReplyJson.Default.Flush);
        (await server.PostAsync("/v1/accounts/alice/flush", "", ("Idempotency-Key", "two"))).MustBe(200);
        (await server.PostAsync($"/v1/accounts/alice/flushes/{flush.Id}/restore", "")).MustBe(201);
        Assert.Equal(7, (await server.GetAsync("/v1/accounts/alice/balance")).Balance.Points);
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
