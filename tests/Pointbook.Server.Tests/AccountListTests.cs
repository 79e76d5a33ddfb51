using Pointbook.Contracts;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests;

/// <summary><c>GET /v1/accounts</c>.</summary>
public sealed class AccountListTests
{
    [Fact]
    public async Task Accounts_are_listed_in_ordinal_order_with_their_balances()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        foreach (string account in (string[])["b:2", "B:1", "a", "b:1", ".x"])
        {
            await new AccountClient(server, account).AddAsync("DANNON", 100);
        }

        await new AccountClient(server, "b:1").SpendAsync(30, ""","hold":"PT1H" """);
        await new AccountClient(server, "a").FlushAsync();
        Assert.Equal(
            [new AccountSummary(".x", 100, 0), new("B:1", 100, 0), new("a", 0, 0), new("b:1", 70, 30), new("b:2", 100, 0)],
            (await ListAsync(server, "")).Items);
        Assert.Equal(["b:1", "b:2"], (await ListAsync(server, "?prefix=b")).Items.Select(item => item.Account));
        Assert.Equal(["b:2"], (await ListAsync(server, "?prefix=b%3A2")).Items.Select(item => item.Account));
        Assert.Equal([".x"], (await ListAsync(server, "?prefix=.")).Items.Select(item => item.Account));
        Assert.Empty((await ListAsync(server, "?prefix=zzz")).Items);

        Page<AccountSummary> page = await ListAsync(server, "?prefix=b&limit=1");
        Assert.Equal("b:1", Assert.Single(page.Items).Account);
        Page<AccountSummary> rest = await ListAsync(server, $"?prefix=b&limit=1&cursor={page.NextCursor}");
        Assert.Equal("b:2", Assert.Single(rest.Items).Account);
        Assert.Null(rest.NextCursor);
        (await server.GetAsync($"/v1/accounts?cursor={page.NextCursor}")).AssertIs(400, "invalid_cursor");
    }

    [Theory]
    [InlineData("prefix=", "invalid_parameter", "prefix")]
    [InlineData("prefix=a%20b", "invalid_parameter", "prefix")]
    [InlineData("prefix=%25", "invalid_parameter", "prefix")]
    [InlineData("prefix=%C3%A4", "invalid_parameter", "prefix")]
    [InlineData("limit=x", "invalid_parameter", "limit")]
    [InlineData("account=a", "unknown_parameter", "account")]
    public async Task An_invalid_parameter_is_refused_by_name(string query, string code, string member)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        Assert.Equal(member, (await server.GetAsync("/v1/accounts?" + query)).AssertIs(400, code).Problem.Member);
    }

    private static async Task<Page<AccountSummary>> ListAsync(RunningServer server, string query) =>
        (await server.GetAsync("/v1/accounts" + query)).AssertIs(200).As(ReplyJson.Default.PageAccountSummary);
}
