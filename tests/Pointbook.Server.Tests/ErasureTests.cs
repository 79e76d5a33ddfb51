using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>POST …/erasure</c>.</summary>
public sealed class ErasureTests
{
    [Fact]
    public async Task An_erased_account_is_unknown_and_its_key_is_free()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server, "alice@example.com");
        Transaction credit = await alice.AddAsync("DANNON", 300);
        await alice.FlushAsync();
        Reply reply = (await alice.PostAsync("/erasure", """{"reference":"request 17","reason":"the holder asked"}""", ("Idempotency-Key", "e"))).AssertIs(200);
        Erasure erasure = reply.As(ReplyJson.Default.Erasure);
        Assert.Equal(("alice@example.com", "~erased-1"), (erasure.Account, erasure.ErasedAs));

        (await alice.GetAsync($"/transactions/{credit.Id}")).AssertIs(404, "transaction_not_found");
        (await alice.GetAsync($"/transactions/{erasure.Id}")).AssertIs(404, "transaction_not_found");
        (await alice.GetAsync($"/transactions/{credit.Id}/lines")).AssertIs(404, "transaction_not_found");
        Assert.Equal((0L, 0), ((await alice.BalanceAsync()).Points, (await alice.BalanceAsync()).Payers.Count));
        Assert.DoesNotContain("alice", (await server.GetAsync("/v1/accounts")).Body, StringComparison.Ordinal);
        (await alice.PostAsync("/erasure", """{"reference":"request 17","reason":"the holder asked"}""", ("Idempotency-Key", "e"))).AssertIs(404, "account_not_found");

        Transaction again = await alice.AddAsync("DANNON", 5);
        Assert.Equal(5, (await alice.BalanceAsync()).Points);
        Assert.NotEqual(credit.Id, again.Id);
        (await alice.GetAsync($"/transactions/{credit.Id}")).AssertIs(404, "transaction_not_found");
    }

    [Fact]
    public async Task The_feed_contains_the_erasure_and_no_text_of_the_account()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server, "alice@example.com");
        await alice.PostAsync(
            "/transactions", """{"payer":"DANNON","points":10,"timestamp":"2020-10-31T10:00:00Z","reference":"alice-order"}""", ("Idempotency-Key", "alice-key"));
        await alice.FlushAsync();
        Assert.Contains("alice-order", (await server.GetAsync("/v1/journal/0")).Body, StringComparison.Ordinal);
        (await alice.PostAsync("/erasure", """{"reason":"the holder asked"}""")).AssertIs(200);

        string feed = "";
        await Eventually.TrueAsync(async () => !(feed = (await server.GetAsync("/v1/journal/0")).Body).Contains("alice", StringComparison.Ordinal));
        Assert.Contains("\"kind\":\"erasure\"", feed, StringComparison.Ordinal);
        Assert.Contains("\"account\":\"~erased-1\"", feed, StringComparison.Ordinal);
        Assert.Contains("the holder asked", feed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_an_existing_and_empty_account_can_be_erased()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Assert.Contains("Check the account key", (await alice.PostAsync("/erasure")).AssertIs(404, "account_not_found").Problem.Detail, StringComparison.Ordinal);
        await alice.AddAsync("DANNON", 300);
        Problem problem = (await alice.PostAsync("/erasure")).AssertIs(409, "account_not_empty").Problem;
        Assert.Contains("Flush the account, then send the request again.", problem.Detail, StringComparison.Ordinal);
        Assert.Equal(300, (await alice.BalanceAsync()).Points);
    }

    [Theory]
    [InlineData("~erased-1")]
    [InlineData("~")]
    public async Task The_key_of_an_erased_entry_is_not_a_valid_account_key(string account)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        await alice.FlushAsync();
        (await alice.PostAsync("/erasure")).AssertIs(200);
        (await new AccountClient(server, account).GetAsync("/balance")).AssertIs(400, "invalid_account");
    }
}
