using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>GET …/lots</c>.</summary>
public sealed class LotTests
{
    [Fact]
    public async Task Lots_are_listed_in_spending_order_with_pending_deductions()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        AccountClient alice = new(server);
        Transaction last = await alice.AddAsync("DANNON", 1000, "2020-11-02T14:00:00Z");
        Transaction second = await alice.AddAsync("UNILEVER", 200, "2020-10-31T11:00:00Z");
        await alice.AddAsync("DANNON", -350, "2020-10-31T15:00:00Z");
        Transaction first = await alice.AddAsync("DANNON", 300, "2020-10-31T10:00:00Z", ""","expiresAt":"2120-01-01T00:00:00Z" """);

        Page<Lot> page = await alice.LotsAsync();
        Assert.Equal(
            [
                new Lot(first.Id, "DANNON", first.Timestamp!.Value, 300, 300, 0) { ExpiresAt = first.ExpiresAt },
                new Lot(second.Id, "UNILEVER", second.Timestamp!.Value, 200, 0, 200),
                new Lot(last.Id, "DANNON", last.Timestamp!.Value, 1000, 50, 950),
            ],
            page.Items);
        Assert.Null(page.NextCursor);
        Assert.Equal((await alice.BalanceAsync()).Points, page.Items.Sum(lot => lot.Available));

        Page<Lot> start = await alice.LotsAsync("?limit=2");
        Assert.Equal(page.Items.Take(2), start.Items);
        Page<Lot> rest = await alice.LotsAsync($"?limit=2&cursor={start.NextCursor}");
        Assert.Equal(page.Items.Skip(2), rest.Items);
        Assert.Null(rest.NextCursor);
        Assert.Empty((await new AccountClient(server, "nobody").LotsAsync()).Items);
    }

    [Theory]
    [InlineData("limit=0", "invalid_parameter", "limit")]
    [InlineData("payer=DANNON", "unknown_parameter", "payer")]
    [InlineData("cursor=AAAA", "invalid_cursor", "cursor")]
    public async Task An_invalid_parameter_is_refused_by_name(string query, string code, string member)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal(member, (await server.GetAsync("/v1/accounts/alice/lots?" + query)).AssertIs(400, code).Problem.Member);
    }
}
