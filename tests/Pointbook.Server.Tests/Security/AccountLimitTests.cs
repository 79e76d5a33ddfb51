using Pointbook.Access;
using Pointbook.Contracts;
using Pointbook.Server.Tests.Bulk;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>A key that is limited to some accounts cannot touch other accounts, and reveals nothing about them.</summary>
public sealed class AccountLimitTests
{
    [Fact]
    public async Task Only_items_and_lines_of_other_accounts_are_refused()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string key = await server.CreateKeyAsync("shops", Scopes.Add | Scopes.Read, "shop:* default");
        string all = await server.CreateKeyAsync("all", Scopes.Read);
        string[] items = [BulkServer.Item("shop:1", "A", 1), BulkServer.Item("other", "A", 1), BulkServer.Item("default", "A", 1), BulkServer.Keyed("shop", "A", 1, "k")];
        BulkReply reply = (await server.SendAsync(key, HttpMethod.Post, BulkServer.Path, $"[{string.Join(',', items)}]")).AssertIs(200).As(ReplyJson.Default.BulkReply);
        Assert.Equal((2, 0, 2), (reply.Accepted, reply.Replayed, reply.Refused));
        Assert.Equal([null, "account_not_allowed", null, "account_not_allowed"], reply.Items.Select(item => item.Problem?.Code));

        Reply lines = (await server.SendAsync(key, HttpMethod.Post, BulkServer.Path, string.Join('\n', items) + "\n", "application/x-ndjson")).AssertIs(200);
        ImportReply import = ImportReply.Parse(lines.Body).AssertIs(accepted: 2, replayed: 0, refused: 2, lastLine: 4);
        Assert.All(import.Lines, line => Assert.Equal("account_not_allowed", line.Problem.Code));
        foreach ((string account, long points) in ((string, long)[])[("shop:1", 2), ("default", 2), ("other", 0), ("shop", 0)])
        {
            Assert.Equal(points, (await server.SendAsync(all, HttpMethod.Get, $"/v1/accounts/{account}/balance")).AssertIs(200).Balance.Points);
        }
    }

    [Theory]
    [InlineData("shop:*", "shop:", 200)]
    [InlineData("shop:*", "shop:1", 200)]
    [InlineData("shop:*", "shop", 403)]
    [InlineData("shop:*", "", 403)]
    [InlineData("shop:1", "shop:1", 403)]
    [InlineData("other a*", "ab", 200)]
    [InlineData("", "", 200)]
    public async Task Accounts_are_listed_only_if_the_whole_prefix_is_allowed(string accounts, string prefix, int status)
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string key = await server.CreateKeyAsync("k", Scopes.Read, accounts);
        Reply reply = await server.SendAsync(key, HttpMethod.Get, "/v1/accounts" + (prefix.Length > 0 ? "?prefix=" + prefix : ""));
        reply.AssertIs(status, status == 403 ? "account_not_allowed" : null);
    }

    [Fact]
    public async Task The_id_of_another_account_is_not_found()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string all = await server.CreateKeyAsync("all", Scopes.All);
        string shop = await server.CreateKeyAsync("shop", Scopes.Read | Scopes.Spend | Scopes.Flush, "shop:1");
        string credit = (await server.SendAsync(all, HttpMethod.Post, "/v1/accounts/alice/transactions", """{"payer":"A","points":9,"timestamp":"2020-10-31T10:00:00Z"}"""))
            .AssertIs(201).Transaction.Id;
        string spend = (await server.SendAsync(all, HttpMethod.Post, "/v1/accounts/alice/spends", """{"points":1}""")).AssertIs(201).Spend.Id;
        (await server.SendAsync(shop, HttpMethod.Get, $"/v1/accounts/shop:1/transactions/{credit}")).AssertIs(404, "transaction_not_found");
        (await server.SendAsync(shop, HttpMethod.Get, $"/v1/accounts/shop:1/spends/{spend}")).AssertIs(404, "spend_not_found");
        (await server.SendAsync(shop, HttpMethod.Post, $"/v1/accounts/shop:1/spends/{spend}/reversal")).AssertIs(404, "spend_not_found");
        (await server.SendAsync(shop, HttpMethod.Post, $"/v1/accounts/alice/spends/{spend}/reversal")).AssertIs(403, "account_not_allowed");
        (await server.SendAsync(shop, HttpMethod.Post, $"/v1/accounts/%61lice/spends/{spend}/reversal")).AssertIs(403, "account_not_allowed");
    }

    [Fact]
    public async Task An_invalid_account_is_refused_as_invalid()
    {
        await using RunningServer server = await RunningServer.StartAsync();
        string shop = await server.CreateKeyAsync("shop", Scopes.Read, "shop:*");
        (await server.SendAsync(shop, HttpMethod.Get, "/v1/accounts/shop:%20/balance")).AssertIs(400, "invalid_account");
        (await server.SendAsync(shop, HttpMethod.Get, "/v1/accounts/shop:*/balance")).AssertIs(400, "invalid_account");
    }
}
