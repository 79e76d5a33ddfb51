using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>GET /v1/payers</c>.</summary>
public sealed class PayerListTests
{
    [Fact]
    public async Task Payers_are_summed_over_accounts()
    {
        ShiftedClock clock = new(TimeProvider.System.GetUtcNow());
        // The sweeper does not run during the test, so it does not record due events.
        await using RunningServer server = await RunningServer.StartAtAsync(clock, "--Sweeper:Interval", "1.00:00:00");
        AccountClient alice = new(server);
        AccountClient bob = new(server, "bob");
        string end = Rfc3339.Format(clock.GetUtcNow() + TimeSpan.FromHours(1));
        await alice.AddAsync("DANNON", long.MaxValue);
        await bob.AddAsync("DANNON", long.MaxValue);
        await bob.AddAsync("DANNON", -100);
        await bob.AddAsync("UNILEVER", 50, rest: $$""","expiresAt":"{{end}}" """);
        clock.Advance(TimeSpan.FromHours(2));

        PayerSummary dannon = new("DANNON", ((Int128)long.MaxValue * 2) - 100, 100, 0);
        PayerSummary unilever = new("UNILEVER", 50, 0, 50);
        Assert.Equal([dannon, unilever], (await ListAsync(server, "")).Items);
        Assert.Equal([unilever], (await ListAsync(server, "?payer=UNILEVER")).Items);
        Assert.Empty((await ListAsync(server, "?payer=NOBODY")).Items);
        Page<PayerSummary> page = await ListAsync(server, "?limit=1");
        Assert.Equal([dannon], page.Items);
        Page<PayerSummary> rest = await ListAsync(server, $"?limit=1&cursor={page.NextCursor}");
        Assert.Equal([unilever], rest.Items);
        Assert.Null(rest.NextCursor);
    }

    [Theory]
    [InlineData("payer=", "invalid_parameter", "payer")]
    [InlineData("payer=A%0AB", "invalid_parameter", "payer")]
    [InlineData("limit=501", "invalid_parameter", "limit")]
    [InlineData("prefix=A", "unknown_parameter", "prefix")]
    public async Task An_invalid_parameter_is_refused_by_name(string query, string code, string member)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal(member, (await server.GetAsync("/v1/payers?" + query)).AssertIs(400, code).Problem.Member);
    }

    private static async Task<Page<PayerSummary>> ListAsync(RunningServer server, string query) =>
        (await server.GetAsync("/v1/payers" + query)).AssertIs(200).As(ReplyJson.Default.PagePayerSummary);
}
