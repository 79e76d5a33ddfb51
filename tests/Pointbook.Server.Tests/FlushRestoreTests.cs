using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>POST …/flush</c> and <c>POST …/flushes/{id}/restore</c>.</summary>
public sealed class FlushRestoreTests
{
    [Fact]
    public async Task A_restore_brings_back_what_the_flush_took()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", 300);
        await alice.AddAsync("UNILEVER", 200, "2020-10-31T11:00:00Z");
        await alice.AddAsync("DANNON", -100);
        Spend held = await alice.SpendAsync(50, ""","hold":"PT1H" """);
        Balance before = await alice.BalanceAsync();
        IReadOnlyList<Lot> lots = (await alice.LotsAsync()).Items;

        Reply flushed = (await alice.PostAsync("/flush", """{"reason":"year end"}""", ("Idempotency-Key", "f"))).AssertIs(200);
        Flush flush = flushed.As(ReplyJson.Default.Flush);
        Assert.Equal(("alice", 3), (flush.Account, flush.Entries));
        Assert.StartsWith("{\"id\":\"" + flush.Id, flushed.Body, StringComparison.Ordinal);
        Assert.Equal("year end", (await alice.GetAsync($"/transactions/{flush.Id}")).Transaction.Reason);
        Balance empty = await alice.BalanceAsync();
        Assert.Equal((0L, 0L, 0), (empty.Points, empty.Held, empty.Payers.Count));
        Assert.Equal(flushed.Body, (await alice.PostAsync("/flush", """{"reason":"year end"}""", ("Idempotency-Key", "f"))).Body);

        Reply reply = (await alice.PostAsync($"/flushes/{flush.Id}/restore", ("Idempotency-Key", "r"))).AssertIs(201);
        Restore restore = reply.As(ReplyJson.Default.Restore);
        Assert.Equal(("alice", flush.Id, 3), (restore.Account, restore.FlushId, restore.Entries));
        Balance after = await alice.BalanceAsync();
        Assert.Equal((before.Points, before.Held), (after.Points, after.Held));
        Assert.Equal(before.Payers, after.Payers);
        Assert.Equal(lots, (await alice.LotsAsync()).Items);
        (await alice.PostAsync($"/spends/{held.Id}/capture")).AssertIs(201);
        Reply again = await alice.PostAsync($"/flushes/{flush.Id}/restore", ("Idempotency-Key", "r"));
        Assert.Equal((201, reply.Body, "true"), (again.Status, again.Body, again.Header("Idempotency-Replayed")));
        (await alice.PostAsync($"/flushes/{flush.Id}/restore")).AssertIs(409, "account_moved_on");
    }

    [Fact]
    public async Task A_flush_of_an_empty_account_has_no_id()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Reply reply = (await new AccountClient(server).PostAsync("/flush")).AssertIs(200);
        Assert.Matches("^\\{\"account\":\"alice\",\"entries\":0,\"recordedAt\":\"[0-9TZ:.-]+\"\\}$", reply.Body);
    }

    [Fact]
    public async Task A_keyed_flush_of_an_empty_account_claims_its_key()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Reply first = (await alice.PostAsync("/flush", ("Idempotency-Key", "k"))).AssertIs(200);
        await alice.AddAsync("DANNON", 300);
        Reply again = (await alice.PostAsync("/flush", ("Idempotency-Key", "k"))).AssertIs(200);
        Assert.Equal((first.Body, "true"), (again.Body, again.Header("Idempotency-Replayed")));
        Assert.Equal(300, (await alice.BalanceAsync()).Points);
    }

    [Fact]
    public async Task Only_the_latest_flush_of_an_unchanged_account_can_be_restored()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Transaction credit = await alice.AddAsync("DANNON", 300);
        Flush first = await alice.FlushAsync();
        await alice.AddAsync("DANNON", 1);
        (await alice.PostAsync($"/flushes/{first.Id}/restore")).AssertIs(409, "account_moved_on");
        Flush second = await alice.FlushAsync();
        (await alice.PostAsync($"/flushes/{first.Id}/restore")).AssertIs(409, "account_moved_on");
        foreach ((string account, string? id) in ((string, string?)[])[("alice", credit.Id), ("bob", second.Id), ("alice", "x")])
        {
            Reply reply = await new AccountClient(server, account).PostAsync($"/flushes/{id}/restore");
            Assert.Equal("id", reply.AssertIs(404, "flush_not_found").Problem.Member);
        }

        (await alice.PostAsync($"/flushes/{second.Id}/restore")).AssertIs(201);
        Assert.Equal(1, (await alice.BalanceAsync()).Points);
    }

    [Fact]
    public async Task The_classic_flush_can_be_restored_too()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient account = new(server, "default");
        await account.AddAsync("DANNON", 300);
        (await server.GetAsync("/flushDB")).AssertIs(200);
        Transaction flush = Assert.Single((await account.HistoryAsync("?kind=flush")).Items);
        (await account.PostAsync($"/flushes/{flush.Id}/restore")).AssertIs(201);
        Assert.Equal("""{"DANNON":300}""", await server.BalanceAsync());
    }
}
