using System.Text.Json.Nodes;
using Pointbook.Server.Tests.Support;

namespace Pointbook.Server.Tests.Security;

/// <summary>Tokens that name the accounts on which clients may use them.</summary>
public sealed class JwtAccountTests(JwtAccountTests.LimitingServer fixture) : IClassFixture<JwtAccountTests.LimitingServer>
{
    private const string Claim = "https://pointbook.example/accounts";

    [Fact]
    public async Task A_token_is_valid_for_the_accounts_that_it_names()
    {
        string[] limited = ["\"shop:*\"", "[\"shop:*\"]", "\"alice shop:1\"", "[\"alice\",\"shop:1\"]", "[\"alice shop:1\"]", "[\"alice shop:1\", \"alice\"]"];
        foreach (string accounts in limited)
        {
            await GetAsync(accounts, "/v1/accounts/shop:1/balance", 200);
            await GetAsync(accounts, "/v1/accounts/shop:2/balance", accounts.Contains('*', StringComparison.Ordinal) ? 200 : 403, "account_not_allowed");
            await GetAsync(accounts, "/v1/accounts/bob/balance", 403, "account_not_allowed");
            await GetAsync(accounts, "/balance", 403, "account_not_allowed");
            await GetAsync(accounts, "/v1/journal", 403, "key_has_limits");
            await GetAsync(accounts, "/v1/keys", 403, "key_has_limits");
        }
    }

    [Theory]
    [InlineData("\"*\"")]
    [InlineData("[\"*\"]")]
    [InlineData("\" * \"")]
    public async Task An_asterisk_stands_for_all_accounts(string accounts)
    {
        foreach (string path in (string[])["/balance", "/v1/accounts/bob/balance", "/v1/payers", "/v1/journal", "/v1/keys"])
        {
            await GetAsync(accounts, path, 200);
        }
    }

    [Theory]
    [InlineData(null, "has no claim `https://pointbook.example/accounts`, ")]
    [InlineData("\"\"", "has no claim `https://pointbook.example/accounts`, ")]
    [InlineData("\"  \"", "has no claim `https://pointbook.example/accounts`, ")]
    [InlineData("[]", "has no claim `https://pointbook.example/accounts`, ")]
    [InlineData("[\"\"]", "has no claim `https://pointbook.example/accounts`, ")]
    [InlineData("null", "has no claim `https://pointbook.example/accounts`, ")]
    [InlineData("\"*,shop:1\"", "has an invalid claim: `https://pointbook.example/accounts` ")]
    [InlineData("\"* shop:1\"", "has * together with other accounts in its claim `https://pointbook.example/accounts`. ")]
    [InlineData("[\"shop:1\",\"*\"]", "has * together with other accounts in its claim `https://pointbook.example/accounts`. ")]
    [InlineData("\"shop/1\"", "has an invalid claim: `https://pointbook.example/accounts` ")]
    [InlineData("\"sh*op\"", "has an invalid claim: `https://pointbook.example/accounts` ")]
    [InlineData("{\"shop\":1}", "has an invalid claim: `https://pointbook.example/accounts` ")]
    [InlineData("[[\"shop\"]]", "has an invalid claim: `https://pointbook.example/accounts` ")]
    [InlineData("[\"shop\\u0000\"]", "has an invalid claim: `https://pointbook.example/accounts` ")]
    public async Task A_token_with_an_invalid_accounts_claim_is_valid_for_no_account(string? accounts, string error)
    {
        Reply reply = (await GetAsync(accounts, "/v1/accounts/shop:1/balance")).AssertIs(401, "invalid_token");
        Assert.StartsWith("The token " + error, reply.Problem.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32, 200)]
    [InlineData(33, 401)]
    public async Task A_token_can_name_as_many_accounts_as_a_key(int count, int status)
    {
        string accounts = string.Join(' ', Enumerable.Range(0, count).Select(number => $"shop:{number}"));
        Reply reply = (await GetAsync(new JsonArray(accounts).ToJsonString(), "/v1/accounts/shop:31/balance")).AssertIs(status);
        Assert.Equal(status == 401, reply.Body.Contains("The maximum is 32", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Keys_do_not_need_the_accounts_claim()
    {
        string key = await fixture.Server.CreateKeyAsync("billing", Access.Scopes.Read);
        (await fixture.Server.SendAsync(key, HttpMethod.Get, "/v1/accounts/bob/balance")).AssertIs(200);
    }

    private async Task GetAsync(string accounts, string path, int status, string? code = null) =>
        (await GetAsync(accounts, path)).AssertIs(status, status == 403 ? code : null);

    private Task<Reply> GetAsync(string? accounts, string path)
    {
        JsonObject claims = Tokens.Claims();
        if (accounts is not null)
        {
            claims[Claim] = JsonNode.Parse(accounts);
        }

        return fixture.GetAsync(claims, path);
    }

    /// <summary>A server whose tokens must name accounts.</summary>
    public sealed class LimitingServer : TokenServer
    {
        protected override string[] Arguments => ["--Jwt:AccountsClaim", Claim];
    }
}
