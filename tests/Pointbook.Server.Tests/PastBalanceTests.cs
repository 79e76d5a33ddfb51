using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>GET …/balance</c> with <c>knownAt</c> and <c>effectiveAt</c>.</summary>
public sealed class PastBalanceTests
{
    [Fact]
    public async Task KnownAt_returns_the_balance_as_it_was_then()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Transaction first = await alice.AddAsync("DANNON", 300);
        Spend held = await alice.SpendAsync(100, ""","hold":"PT1H" """);
        Transaction late = await alice.AddAsync("UNILEVER", 50, "2019-01-01T00:00:00Z");

        Balance then = await alice.BalanceAsync($"?knownAt={Rfc3339.Format(held.RecordedAt)}");
        Assert.Equal((200L, 100L, held.RecordedAt), (then.Points, then.Held, then.KnownAt));
        Assert.Equal([new PayerBalance("DANNON", 200)], then.Payers);
        Assert.Equal(300, (await alice.BalanceAsync($"?knownAt={Rfc3339.Format(first.RecordedAt)}")).Points);
        Assert.Equal(250, (await alice.BalanceAsync($"?knownAt={Rfc3339.Format(late.RecordedAt)}")).Points);
        Assert.Equal(0, (await alice.BalanceAsync("?knownAt=0001-01-01T00:00:00Z")).Points);
        Assert.Null((await alice.BalanceAsync()).KnownAt);
    }

    [Fact]
    public async Task EffectiveAt_sums_what_had_happened_by_then_and_is_not_a_balance()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Transaction late = await alice.AddAsync("DANNON", 300, "2020-11-02T00:00:00Z");
        await alice.AddAsync("DANNON", -100, "2020-11-01T00:00:00Z");
        await alice.AddAsync("UNILEVER", 50, "2020-10-31T00:00:00Z");

        EffectiveBalance early = await ReadAsync("?effectiveAt=2020-11-01T00:00:00Z");
        Assert.Equal(("effective", "alice"), (early.Basis, early.Account));
        Assert.Equal([new PayerSum("DANNON", -100), new PayerSum("UNILEVER", 50)], early.Payers);
        Assert.Equal([new PayerSum("UNILEVER", 50)], (await ReadAsync("?effectiveAt=2020-10-31T23:59:59.999999Z")).Payers);
        EffectiveBalance both = await ReadAsync($"?effectiveAt=2020-12-01T00:00:00Z&knownAt={Rfc3339.Format(late.RecordedAt)}");
        Assert.Equal([new PayerSum("DANNON", 300)], both.Payers);
        Assert.Equal(late.RecordedAt, both.KnownAt);

        async Task<EffectiveBalance> ReadAsync(string query) => (await alice.GetAsync("/balance" + query)).AssertIs(200).As(ReplyJson.Default.EffectiveBalance);
    }

    [Fact]
    public async Task Sums_beyond_64_bits_stay_exact()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        await alice.AddAsync("DANNON", long.MaxValue);
        await alice.AddAsync("DANNON", -long.MaxValue, "2020-11-01T00:00:00Z");
        await alice.AddAsync("DANNON", long.MaxValue);
        Reply reply = (await alice.GetAsync("/balance?effectiveAt=2020-10-31T10:00:00Z")).AssertIs(200);
        Assert.Contains("\"points\":18446744073709551614}", reply.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_future_knownAt_is_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        string soon = Rfc3339.Format(TimeProvider.System.GetUtcNow() + TimeSpan.FromMinutes(1));
        foreach (string query in (string[])[$"?knownAt={soon}", $"?knownAt={soon}&effectiveAt=2020-10-31T10:00:00Z"])
        {
            Assert.Equal("knownAt", (await alice.GetAsync("/balance" + query)).AssertIs(422, "known_at_in_future").Problem.Member);
        }
    }

    [Theory]
    [InlineData("knownAt=", "invalid_parameter", "knownAt")]
    [InlineData("knownAt=yesterday", "invalid_parameter", "knownAt")]
    [InlineData("effectiveAt=2020-10-31", "invalid_parameter", "effectiveAt")]
    [InlineData("effectiveAt=2020-10-31T10:00:00Z&effectiveAt=2020-10-31T10:00:00Z", "invalid_parameter", "effectiveAt")]
    [InlineData("knownat=2020-10-31T10:00:00Z", "unknown_parameter", "knownat")]
    [InlineData("asOf=2020-10-31T10:00:00Z", "unknown_parameter", "asOf")]
    public async Task An_invalid_parameter_is_refused_by_name(string query, string code, string member)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal(member, (await server.GetAsync("/v1/accounts/alice/balance?" + query)).AssertIs(400, code).Problem.Member);
    }
}
