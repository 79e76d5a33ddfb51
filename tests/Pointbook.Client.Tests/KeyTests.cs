using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Pointbook.Client.Tests.Support;
using Pointbook.Contracts;

namespace Pointbook.Client.Tests;

/// <summary>A client sends its key with every request, and may manage keys.</summary>
public sealed class KeyTests
{
    private static readonly DateTimeOffset Timestamp = new(2020, 10, 31, 10, 0, 0, TimeSpan.Zero);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_are_created_used_listed_and_revoked()
    {
        LiveServer server = new();
        await server.InitializeAsync();
        await using IAsyncDisposable _ = server;
        Key admin = await server.Client.CreateKeyAsync(new KeyRequest("admin", ["admin", "read", "add"]), Cancelled);
        PointbookException nobody = await Assert.ThrowsAsync<PointbookException>(() => server.Client.ReadBalanceAsync("a", cancellationToken: Cancelled));
        Assert.Equal((HttpStatusCode.Unauthorized, "missing_key"), (nobody.Status, nobody.Code));

        PointbookClient client = NewClient(server, admin.Secret);
        Key shop = await client.CreateKeyAsync(new KeyRequest("shop", ["read"]) { Accounts = ["shop:*"], ExpiresAfter = "P1D" }, Cancelled);
        PointbookClient limited = NewClient(server, shop.Secret);
        Assert.Equal(0, (await limited.ReadBalanceAsync("shop:1", cancellationToken: Cancelled)).Points);
        PointbookException other = await Assert.ThrowsAsync<PointbookException>(() => limited.ReadBalanceAsync("a", cancellationToken: Cancelled));
        Assert.Equal((HttpStatusCode.Forbidden, "account_not_allowed"), (other.Status, other.Code));

        ImportResult imported = await client.ImportAsync(Items(), Cancelled);
        Assert.Equal(1, imported.Summary.Accepted);
        Assert.Equal("admin", (await client.ReadJournalAsync(0, cancellationToken: Cancelled).FirstAsync(item => item.Entry is not null, Cancelled)).Entry!.Actor);

        Assert.Equal(KeyStatus.Active, (await client.ReadKeyAsync(shop.Id, Cancelled)).Status);
        Assert.Equal(KeyStatus.Revoked, (await client.RevokeKeyAsync(shop.Id, Cancelled)).Status);
        Assert.Equal(["admin", "shop"], await client.ListKeysAsync(Cancelled).Select(key => key.Name).ToListAsync(Cancelled));
        Assert.Equal("invalid_key", (await Assert.ThrowsAsync<PointbookException>(() => limited.ReadBalanceAsync("shop:1", cancellationToken: Cancelled))).Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("pb_ 1")]
    [InlineData("pb_1\n")]
    public void What_cannot_be_a_key_is_refused_by_the_client(string key)
    {
        using HttpClient http = new() { BaseAddress = new Uri("http://127.0.0.1:1") };
        Assert.Contains("ApiKey", Assert.Throws<ArgumentException>(() => new PointbookClient(http, new PointbookClientOptions { ApiKey = key })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_configured_with_the_services()
    {
        LiveServer server = new();
        await server.InitializeAsync();
        await using IAsyncDisposable _ = server;
        Key admin = await server.Client.CreateKeyAsync(new KeyRequest("admin", ["admin"]), Cancelled);
        ServiceCollection services = [];
        services.AddPointbookClient(server.Address, options => options.ApiKey = admin.Secret);
        await using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal("admin", (await provider.GetRequiredService<PointbookClient>().ReadKeyAsync(admin.Id, Cancelled)).Name);
    }

    private static PointbookClient NewClient(LiveServer server, string? key) =>
        new(new HttpClient { BaseAddress = server.Address }, new PointbookClientOptions { ApiKey = key });

    private static async IAsyncEnumerable<BulkTransaction> Items()
    {
        await Task.Yield();
        yield return new BulkTransaction("a", "A", 1, Timestamp);
    }
}
